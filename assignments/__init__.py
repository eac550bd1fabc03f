"""Courses and what their assignments ask: rows (`models.py`), and the immutable package versions that runs are pinned to.

Owns loading a course's folder into the database (`services.py`, `manage.py course_load`) and the folder of a version on this
machine. May import `grader.blobs` and nothing downstream; the course format itself, `package/`, knows no Django. Start with
`models.py`, then `services.course_load`; `queries.package_of` is what other rooms ask.
"""

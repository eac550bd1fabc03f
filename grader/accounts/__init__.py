"""People, their roles and sections in courses, what each was given beyond the rest, and logging in.

Owns the one rule of who sees what: every page and every API call starts from a queryset of `queries.py`, so what is not
one's own is not found. May import `assignments`; knows nothing of submissions or grades. Start with `models.py`, then
`queries.py`; `roster/` adds a class at once, `sections.py` and `members.py` change what people are in a course,
`throttle.py` slows guessing, `passwords.py` makes links. Mail about any of it is written by `grader.notifications`.
"""

"""Courses in the browser: a folder sent as a zip, what it changes for students, its proof, publishing and going back; try-outs.

    services.py  taking a zip, starting a check, trying an assignment
    queries.py   uploads, publications and try-outs, for those who decide in a course
    said.py      what a course changes, and what its history was, as a page says it
    views/       one module a page

What is stored and published is `assignments.publishing`; the proof itself runs in `worker.uploads`, which is reached by the
name of its task. Files of an upload are data: a page never runs, imports or renders one, but texts and pictures as
students get them. Start with `urls.py`.
"""

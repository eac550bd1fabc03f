"""Uploads and their runs, from the form to the verdicts; Postgres is the queue of record.

Owns what is looked at before an upload is taken (`preflight.py`, `forms.py`), the life of a run (`claims.py`), what is
written when it ends (`results.py`, `receipts.py`), and the live page. May import `grader.accounts`, `assignments` and the
checks; the worker comes here, and is reached only by the name of a task (`grader.queue`). Start with `models.py`, then
`services.submission_create` and `claims.py`.
"""

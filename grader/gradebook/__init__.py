"""What a student has for an assignment after all attempts, and how it came to be.

Owns grades and their history, the policy that makes a grade of runs and of people's words (`policy.py`, pure), what people decide
(`decisions.py`, `reviews.py`, `policies.py`, `extensions.py`, `regrading/`), the table of a class (`grid/`), and the pages that
show scores (`views/`). May import `grader.submissions` and everything upstream, and writes events; only rooms downstream and the
worker import it. Start with `policy.py`, then `services.py`: `submission_receive` and `run_record` are its two doors, and
`grade_recompute` is the only place that writes a score.
"""

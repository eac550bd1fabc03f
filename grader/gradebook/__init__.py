"""What a student has for an assignment after all attempts, and how it came to be.

Owns grades and their history, the policy that chooses the attempt that counts (`policy.py`, pure), and the pages that show
scores (`views/`). May import `grader.submissions` and everything upstream, and writes events; nobody but the LMS room and
the worker imports it. Start with `policy.py`, then `services.py`: `submission_receive` and `run_record` are its two doors.
"""

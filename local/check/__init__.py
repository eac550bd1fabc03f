"""`./dev up --check`: can this machine do the whole job?

Starts everything in a throw-away home on a free port, hands a sample in as a student would, through the form, waits for
the score, looks at the gradebook as the teacher and at a signed webhook as an LMS, prints what it saw, and leaves nothing.
Start reading at `steps`. It uses the site by HTTP only.
"""

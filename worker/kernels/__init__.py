"""How a list of cells is run in a sandboxed kernel.

`request.py` says what and within which limits, `session.py` starts the two sandboxes, `watch.py` holds the clock and sees how
it ends. `driver.py` is the throw-away process that speaks to the kernel; `events.py` reads its small lines.
"""

"""How a list of cells is run in a sandboxed kernel: `session.py` holds the clock and the kill, `driver.py` is the throw-away
process that speaks to the kernel, `events.py` the small lines between the two.
"""

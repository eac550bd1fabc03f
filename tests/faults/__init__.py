"""Grades reach those who are told of them, whatever dies: the dispatcher, Redis, the receivers, in the middle of anything.

`./dev faults` runs it whole and prints its seed. Start with `run.py`: the order of things. `changing.py` writes grades,
`receivers.py` misbehave, `dispatcher.py` is killed, `findings.py` says what did not hold, `weak.py` are dispatchers that the
test must catch.
"""

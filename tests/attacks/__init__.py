"""Hostile notebooks, and what must hold after each: the verdict, the machine, the other runs, the time.

Plain data in `cases/` (a file a family), read by `attack.py`. `arena.py` grades one through the whole pipeline beside an honest
neighbour; `host.py` is what an attack would like to reach and what must be as it was; `run.py` is `./dev attacks`. `weak.py`
takes one defence away at a time, so that the tests show that this suite can fail.
"""

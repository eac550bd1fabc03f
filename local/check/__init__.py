"""`./dev up --check`: is this machine able to do the whole job? Start everything in a throw-away home, submit a sample
notebook as a student would, and look at what came of it as a teacher and as an LMS would. (`steps` has the steps.)
"""

from __future__ import annotations


def main() -> int:
    raise NotImplementedError

"""What a task's checks conclude from evidence: pure functions, evidence in, verdict out.

Owns the words (`values.py`), the table of kinds (`registry.py`, `kinds/`, one module each) and how verdicts come to
points and a task's status (`scoring.py`, and `tries.py` for near misses). Imports nothing but the standard library, so
that it runs in a process without credentials and without frameworks; a test in a fresh process holds it to that. Start
with `values.py`, then a short kind such as `kinds/parameter_count.py`.
"""

from grader.checks.flags import flags
from grader.checks.registry import KINDS, extra_runs
from grader.checks.scoring import judge
from grader.checks.tries import near_miss
from grader.checks.version import CHECKS_VERSION

__all__ = ["CHECKS_VERSION", "KINDS", "extra_runs", "flags", "judge", "near_miss"]

"""Judging typed answers at once, in the request: no worker, no sandbox, no notebook."""

from __future__ import annotations

import hashlib
import time

from assignments.queries import package_of
from grader.checks.values import Evidence, RunFacts, TaskStatus
from grader.submissions.claims import seed_of
from grader.submissions.models import Run
from grader.submissions.values import Receipt, RunResult
from grader.submissions.work import answers_to, work_of


def run_judge_now(run: Run) -> RunResult:
    """The verdicts on a run's typed answers. `checks` is pure, so this may be done wherever the answers are."""
    from grader.checks import CHECKS_VERSION, judge

    started = time.perf_counter()
    package = package_of(run.package_version)
    work = work_of(run)
    tasks = judge([task.spec for task in package.tasks], Evidence(answers=answers_to(package, work)))
    not_judged = any(task.status is TaskStatus.NOT_JUDGED for task in tasks)
    seed = seed_of(work.seed_name)
    return RunResult(
        status="not_judged" if not_judged else "graded",
        run=RunFacts(status="none"),
        tasks=tasks,
        score=sum(task.points for task in tasks),
        max_score=package.max_score,
        receipt=Receipt(
            package_digest=run.package_version.digest,
            checks_version=CHECKS_VERSION,
            engine="none",
            seed_commitment=hashlib.sha256(seed).hexdigest(),
        ),
        timings_ms={"judging": round((time.perf_counter() - started) * 1000, 1)},
    )

"""From verdicts to a result: the sum, what the run came to, and what it was judged by."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from assignments.package.values import AssignmentPackage
from grader.checks import CHECKS_VERSION, judge
from grader.checks.values import Evidence, RunFacts, TaskStatus
from grader.submissions.errors import Refused
from grader.submissions.values import Receipt, ResultStatus, RunOrder, RunResult


def rejected(order: RunOrder, package: AssignmentPackage, refusal: Refused) -> RunResult:
    """A file that is no notebook: nothing ran, nothing is earned, and the sentence says why."""
    facts = RunFacts("rejected", None, refusal.code, refusal.values)
    tasks = judge([task.spec for task in package.tasks], Evidence(run=facts, answers=order.answers))
    result = scored(RunResult("broken", facts, tasks, receipt=receipt_of(order, package)))
    return replace(result, status="broken")


def receipt_of(order: RunOrder, package: AssignmentPackage) -> Receipt:
    """What is known of a receipt before anything ran."""
    return Receipt(
        package_digest=package.digest,
        notebook_digest=hashlib.sha256(order.notebook).hexdigest() if order.notebook is not None else "",
        checks_version=CHECKS_VERSION,
        seed_commitment=hashlib.sha256(order.seed).hexdigest(),
    )


def scored(result: RunResult) -> RunResult:
    """Sum the points and say what the run came to: *broken* only where it died before anything was earned."""
    status: ResultStatus = "graded"
    if any(task.status is TaskStatus.NOT_JUDGED for task in result.tasks):
        status = "not_judged"
    elif result.run.status in ("timeout", "memory", "died") and not any(task.points for task in result.tasks):
        status = "broken"
    return replace(
        result,
        status=status,
        score=round(sum(task.points for task in result.tasks), 2),
        max_score=round(sum(task.max_points for task in result.tasks), 2),
    )

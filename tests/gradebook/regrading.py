"""Regrades as a teacher makes them, for the tests of them."""

from __future__ import annotations

from decimal import Decimal

from assignments.models import Assignment
from grader.gradebook.models import Grade, GradeChange, Regrade
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import (
    regrade_apply,
    regrade_start,
    regrade_undo,
)
from grader.gradebook.regrading.steps import regrade_step
from grader.gradebook.services import run_record, submission_receive
from grader.submissions.claims import run_claim
from grader.submissions.models import Submission
from tests.factories import Cast, a_result, graded


def quizzed(cast: Cast, student=None, number: str = "50") -> Submission:
    """A quiz handed in: the choice is right (1 point), the number worth 2 where it is 50."""
    return submission_receive(
        student=student or cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "a", "1.2": number}
    )


def started(cast: Cast, assignment: Assignment | None = None, scope: Scope | None = None, **fields) -> Regrade:
    return regrade_start(
        assignment=assignment or cast.quiz, scope=scope or Scope(), by=cast.teacher, reason="The key was wrong", **fields
    )


def stepped(regrade: Regrade, batch: int = 100) -> Regrade:
    while regrade_step(regrade.pk, batch=batch):
        pass
    regrade.refresh_from_db()
    return regrade


def worked(regrade: Regrade, points: float) -> Regrade:
    """As if a worker had judged its dry runs."""
    for item in regrade.items.filter(state="waiting"):
        assert item.run_after is not None
        claim = run_claim(item.run_after.pk, "worker-1", item.run_after.queue)
        assert claim is not None
        run_record(claim, a_result(points))
    return stepped(regrade)


def ready(cast: Cast, before: float, after: float) -> tuple[Submission, Regrade]:
    submission = graded(cast, before)
    return submission, worked(started(cast, cast.lab), after)


def applied(cast: Cast, regrade: Regrade, *, never_lower: bool = False) -> Regrade:
    regrade_apply(regrade, by=cast.teacher, never_lower=never_lower)
    return stepped(regrade)


def undone(cast: Cast, regrade: Regrade) -> Regrade:
    regrade_undo(regrade, by=cast.teacher)
    return stepped(regrade)


def score(submission: Submission) -> Decimal | None:
    return Grade.objects.get(student=submission.student, assignment=submission.assignment).score


def history(submission: Submission) -> list[tuple[str, Decimal | None]]:
    rows = GradeChange.objects.filter(grade__student=submission.student, grade__assignment=submission.assignment)
    return [(row.reason, row.score_to) for row in rows]


def states(regrade: Regrade) -> list[str]:
    return list(regrade.items.order_by("id").values_list("state", flat=True))

"""A person's word on a grade, on a task of a submission, and in words: overrides, task decisions, comments.

Nothing is changed or deleted: the newest word applies, and each leaves who, when and why. Whoever decides says what they had
seen; if another was faster, nothing is written and `Overtaken` brings what there is now. Who may decide is the caller's query.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from grader.accounts.models import User
from grader.gradebook.models import Comment, Grade, Override, Review, TaskDecision
from grader.gradebook.queries import task_most
from grader.gradebook.review_rows import review_tell
from grader.gradebook.services import grade_ensure, grade_recompute
from grader.submissions.models import Submission
from grader.submissions.plain import plain_text

WORDS_LIMIT = 5000  # characters of a reason, comment or answer


class Undecided(Exception):
    """A word that can't be taken."""


class Overtaken(Undecided):
    """Somebody decided since the caller looked. `grade` is as it is now."""

    def __init__(self, grade: Grade) -> None:
        self.grade = grade
        super().__init__(f"grade {grade.public_id} is at version {grade.version} by now")


class ReasonMissing(Undecided):
    """Each decision has a reason."""


class OutOfRange(Undecided):
    """Points below the least or above the most that may be given."""

    def __init__(self, most: Decimal, least: Decimal = Decimal(0)) -> None:
        self.least, self.most = least, most
        super().__init__(f"points must be between {least} and {most}")


@transaction.atomic
def override_set(*, grade: Grade, score: Decimal, reason: str, by: User, seen_version: int, source: str = "") -> Grade:
    """The grade is this score from now on, whatever runs and lateness say, until it is withdrawn.

    `source` names the token through which a machine did it for `by`.
    """
    return _override(grade, score, reason, by, seen_version, source)


@transaction.atomic
def override_withdraw(*, grade: Grade, reason: str, by: User, seen_version: int, source: str = "") -> Grade:
    """The grade is what the runs say again."""
    return _override(grade, None, reason, by, seen_version, source)


def _override(grade: Grade, score: Decimal | None, reason: str, by: User, seen_version: int, source: str) -> Grade:
    words = _reason(reason)
    locked = Grade.objects.select_for_update(of=("self",)).select_related("student", "assignment").get(pk=grade.pk)
    if locked.version != seen_version:
        raise Overtaken(locked)
    if score is None and not locked.overridden:
        return locked
    if score is not None:
        _in_range(score, max(locked.max_score, locked.assignment.max_score))
    Override.objects.create(grade=locked, score=score, reason=words, made_by=by, source=source)
    return grade_recompute(locked.student, locked.assignment, reason="override", by=by, comment=words, recorded=True)


@transaction.atomic
def task_decide(*, submission: Submission, task: str, points: Decimal, reason: str, by: User, seen: int = 0) -> TaskDecision:
    """These points for a task, in place of the run's and of later runs of this submission. `seen`: the decision looked at, or 0.

    Reviews of the task that wait are answered by it.
    """
    _in_range(points, task_most(submission, task))
    return _decide(submission, task, points, reason, by, seen)


@transaction.atomic
def task_undecide(*, submission: Submission, task: str, reason: str, by: User, seen: int) -> TaskDecision:
    """The task is what its run says again; where that was "a person must look", it waits for one again."""
    return _decide(submission, task, None, reason, by, seen)


def _decide(submission: Submission, task: str, points: Decimal | None, reason: str, by: User, seen: int) -> TaskDecision:
    words = _reason(reason)
    grade = grade_ensure(submission.student, submission.assignment)
    Grade.objects.select_for_update().get(pk=grade.pk)  # one after the other, as everybody who changes a grade
    if decision_seen(submission, task) != seen:
        raise Overtaken(Grade.objects.get(pk=grade.pk))
    decision = TaskDecision.objects.create(submission=submission, task=task, points=points, reason=words, made_by=by)
    if points is not None:
        _answer_reviews(decision)
    grade_recompute(submission.student, submission.assignment, reason="review", by=by, comment=words)
    return decision


def _answer_reviews(decision: TaskDecision) -> None:
    """Whatever waits for this task is answered by it; its student hears of it once."""
    waiting = Review.objects.filter(submission=decision.submission, task=decision.task, state=Review.State.OPEN)
    rows = sorted(waiting, key=lambda review: review.cause != Review.Cause.STUDENT)
    Review.objects.filter(pk__in=[review.pk for review in rows]).update(
        state=Review.State.DECIDED,
        decision=decision,
        answer=decision.reason,
        decided_by=decision.made_by,
        decided_at=Now(),
        locked_until=None,
    )
    for review in rows[:1]:
        review_tell("review.resolved", review)


def decision_seen(submission: Submission, task: str) -> int:
    """The newest decision on a task by number, 0 where there is none: what a form says that its writer had before them."""
    newest = TaskDecision.objects.filter(submission=submission, task=task).aggregate(newest=Max("pk"))["newest"]
    return newest or 0


def comment_add(*, submission: Submission, author: User, text: str, private: bool = False) -> Comment:
    """Words about a submission: to its student, or among those who teach."""
    return Comment.objects.create(submission=submission, author=author, text=_reason(text), private=private)


def _reason(text: str) -> str:
    words = plain_text(text, WORDS_LIMIT).strip()
    if not words:
        raise ReasonMissing("a decision needs its reason")
    return words


def _in_range(points: Decimal, most: Decimal) -> None:
    if not points.is_finite() or not 0 <= points <= most:
        raise OutOfRange(most)

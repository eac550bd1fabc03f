"""Asking a person to look at a task, and answering: one takes a review, decides it with words, or gives it back.

A check that could not decide opens a review by itself (`review_rows.py`). `locked_until` keeps two people from deciding at once:
who holds it has a quarter of an hour, and may take it again. Without a lock `assigned_to` only says whose turn it is: whoever
comes first may take it all the same, so that nothing waits for somebody on holiday.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from grader.accounts.models import User
from grader.gradebook.decisions import OutOfRange, ReasonMissing, Undecided, decision_seen, task_decide
from grader.gradebook.models import Grade, Review
from grader.gradebook.queries import task_points
from grader.gradebook.review_queue import reviewers_of
from grader.gradebook.review_rows import review_tell
from grader.gradebook.said import said_of
from grader.gradebook.services import grade_ensure, grade_recompute
from grader.submissions.models import Submission
from grader.submissions.plain import plain_text

LOCK = timedelta(minutes=15)
ASKED_LIMIT = 2000  # characters of what a student asks


class MayNotAsk(Undecided):
    """There is nothing to ask: not judged yet, all points earned, or asked before."""


class Held(Undecided):
    """Somebody else has it now."""

    def __init__(self, review: Review) -> None:
        self.review = review
        super().__init__(f"review {review.public_id} is held by {review.assigned_to} until {review.locked_until}")


class NotTheirs(Undecided):
    """Whoever should get it does not teach this student."""


class Ended(Undecided):
    """It was decided, or nothing is left to decide."""

    def __init__(self, review: Review) -> None:
        self.review = review
        super().__init__(f"review {review.public_id} is {review.state}")


@transaction.atomic
def review_open(*, submission: Submission, task: str, asked: str) -> Review:
    """The student asks for a person's eye on a task. Once for a task, unless they took it back."""
    words = plain_text(asked, ASKED_LIMIT).strip()
    if not words:
        raise ReasonMissing("say what should be looked at")
    grade = grade_ensure(submission.student, submission.assignment)
    Grade.objects.select_for_update().get(pk=grade.pk)
    if not may_ask(submission, task):
        raise MayNotAsk(f"{submission.public_id} {task}")
    review = Review.objects.create(submission=submission, task=task, cause=Review.Cause.STUDENT, asked=words)
    Grade.objects.filter(pk=grade.pk).update(reviews_open=F("reviews_open") + 1)
    review_tell("review.requested", review, cause=review.cause)
    return review


def may_ask(submission: Submission, task: str) -> bool:
    """Whether its student may ask about this task."""
    said = said_of(submission).get(task)
    return said is not None and said.may_ask


@transaction.atomic
def review_withdraw(review: Review) -> bool:
    """The student no longer asks."""
    grade = grade_ensure(review.submission.student, review.submission.assignment)
    Grade.objects.select_for_update().get(pk=grade.pk)  # the grade before its reviews, as everybody who locks both
    open_still = Review.objects.filter(pk=review.pk, cause=Review.Cause.STUDENT, state=Review.State.OPEN)
    if not open_still.update(state=Review.State.MOOT, locked_until=None):
        return False
    grade_recompute(review.submission.student, review.submission.assignment, reason="review")
    return True


@transaction.atomic
def review_claim(review: Review, *, by: User) -> Review:
    """Take it for a quarter of an hour; again prolongs. Raises `Held` while another has it, `Ended` where it is not open."""
    _mine(review, by)
    Review.objects.filter(pk=review.pk).update(assigned_to=by, locked_until=Now() + LOCK)
    return Review.objects.select_related("assigned_to").get(pk=review.pk)


@transaction.atomic
def review_assign(review: Review, *, to: User, by: User) -> None:
    """Give it to another of `reviewers_of` (else `NotTheirs`): it stands in their queue. Otherwise raises as `review_claim`."""
    _mine(review, by)
    if not reviewers_of(review).filter(pk=to.pk).exists():
        raise NotTheirs(f"{to} does not see the work of {review.submission.student}")
    Review.objects.filter(pk=review.pk).update(assigned_to=to, locked_until=None)


@transaction.atomic
def review_release(review: Review, *, by: User) -> None:
    """Give it back for another to take."""
    _mine(review, by)
    Review.objects.filter(pk=review.pk).update(assigned_to=None, locked_until=None)


@transaction.atomic
def review_decide(review: Review, *, by: User, points: Decimal | None, answer: str) -> Review:
    """Answer it: these points, or None to leave what there is. The student reads the answer.

    A review raises points or leaves them: nobody loses by asking. Where a check could not decide, leaving it is a decision too:
    the task waits no longer.
    """
    submission = review.submission
    grade = grade_ensure(submission.student, submission.assignment)
    Grade.objects.select_for_update().get(pk=grade.pk)  # the grade before its reviews, as everybody who locks both
    held = _mine(review, by)
    words = plain_text(answer, ASKED_LIMIT).strip()
    if not words:
        raise ReasonMissing("the student waits for an answer")
    earned = task_points(submission, held.task)
    if points is not None and earned is not None and points < earned.points:
        raise OutOfRange(earned.most, least=earned.points)
    if points is None and held.cause == Review.Cause.CHECK:
        points = earned.points if earned else Decimal(0)
    if points is not None:
        seen = decision_seen(submission, held.task)
        task_decide(submission=submission, task=held.task, points=points, reason=words, by=by, seen=seen)
    else:
        _answer(held, words, by)
        grade_recompute(submission.student, submission.assignment, reason="review", by=by, comment=words)
        review_tell("review.resolved", held)
    held.refresh_from_db()
    return held


def _answer(review: Review, words: str, by: User) -> None:
    Review.objects.filter(pk=review.pk).update(
        state=Review.State.DECIDED, answer=words, decided_by=by, decided_at=Now(), locked_until=None
    )


def _mine(review: Review, by: User) -> Review:
    """The row, locked for this transaction, if it is open and nobody else has it."""
    row = Review.objects.select_for_update(of=("self",)).select_related("assigned_to").get(pk=review.pk)
    if row.state != Review.State.OPEN:
        raise Ended(row)
    free = Q(locked_until__isnull=True) | Q(locked_until__lte=Now()) | Q(assigned_to=by)
    if not Review.objects.filter(free, pk=row.pk).exists():
        raise Held(row)
    return row

"""The queue of reviews of a course: what waits, the oldest first, and what was decided lately, for whoever may see that work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone

from assignments.models import Course
from grader.accounts.models import User
from grader.gradebook.models import Review
from grader.submissions.queries import submissions_visible_to

Show = Literal["open", "mine", "decided"]
SHOWN = 200  # of a long queue the oldest, of what was decided the newest
SLOW, LATE = timedelta(days=2), timedelta(days=5)  # how long a student waits before the queue says so


@dataclass(frozen=True)
class Waiting:
    """A review in the queue as this person sees it."""

    review: Review
    held: bool  # by another, now
    mine: bool
    tone: str  # how long it waits, as a class of the style sheet

    @property
    def free(self) -> bool:
        return not (self.held or self.mine)


def reviews_visible_to(user: User | AnonymousUser, course: Course) -> QuerySet[Review]:
    """Of the work of others that this person sees in this course."""
    work = submissions_visible_to(user).filter(assignment__course=course).exclude(student_id=user.pk)
    people = ("submission__student", "submission__assignment__course", "assigned_to", "decided_by", "decision")
    return Review.objects.filter(submission__in=work).select_related(*people)


def reviews_open_in(user: User | AnonymousUser, course: Course) -> int:
    return reviews_visible_to(user, course).filter(state=Review.State.OPEN).count()


def review_queue(user: User, course: Course, *, show: Show, assignment: str = "") -> list[Waiting]:
    """Open ones by age, decided ones newest first; of one assignment where its slug is given."""
    found = reviews_visible_to(user, course)
    if assignment:
        found = found.filter(submission__assignment__slug=assignment)
    if show == "decided":
        decided = found.filter(state=Review.State.DECIDED).order_by("-decided_at", "-id")
        return [waiting(one, user) for one in decided[:SHOWN]]
    found = found.filter(state=Review.State.OPEN)
    if show == "mine":
        found = found.filter(assigned_to=user)
    return [waiting(one, user) for one in found.order_by("opened_at", "id")[:SHOWN]]


def waiting(review: Review, user: User, *, now: datetime | None = None) -> Waiting:
    now = now or timezone.now()
    locked = review.state == Review.State.OPEN and review.locked_until is not None and review.locked_until > now
    age = now - review.opened_at
    return Waiting(
        review=review,
        held=locked and review.assigned_to_id != user.pk,
        mine=locked and review.assigned_to_id == user.pk,
        tone="is-bad" if age > LATE else "is-warn" if age > SLOW else "",
    )

"""The queue of reviews of a course: what waits, the oldest first, and what was decided lately, for whoever may see that work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Q, QuerySet, When
from django.utils import timezone

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, User
from grader.accounts.queries import TEACHING
from grader.gradebook.models import Review
from grader.submissions.queries import submissions_visible_to

Show = Literal["open", "mine", "free", "decided"]
SLOW, LATE = timedelta(days=2), timedelta(days=5)  # how long a student waits before the queue says so


@dataclass(frozen=True)
class Waiting:
    """A review in the queue as this person sees it."""

    review: Review
    held: bool  # by another, now
    mine: bool
    tone: str  # how long it waits, as a class of the style sheet

    @property
    def whose(self) -> User | None:
        """To whom it was given without being at it now."""
        return None if self.held or self.mine else self.review.assigned_to


def reviews_visible_to(user: User | AnonymousUser, course: Course) -> QuerySet[Review]:
    """Of the work of others that this person sees in this course."""
    work = submissions_visible_to(user).filter(assignment__course=course).exclude(student_id=user.pk)
    people = ("submission__student", "submission__assignment__course", "assigned_to", "decided_by", "decision")
    return Review.objects.filter(submission__in=work).select_related(*people)


def reviews_open_in(user: User | AnonymousUser, course: Course) -> int:
    return reviews_visible_to(user, course).filter(state=Review.State.OPEN).count()


def review_queue(user: User, course: Course, *, show: Show, assignment: str = "") -> QuerySet[Review]:
    """Open ones by age, decided ones newest first; of one assignment where its slug is given."""
    found = reviews_visible_to(user, course)
    if assignment:
        found = found.filter(submission__assignment__slug=assignment)
    if show == "decided":
        return found.filter(state=Review.State.DECIDED).order_by("-decided_at", "-id")
    found = found.filter(state=Review.State.OPEN).order_by("opened_at", "id")
    if show == "mine":
        return found.filter(assigned_to=user)
    return found.filter(assigned_to=None) if show == "free" else found


def next_for(user: User, course: Course, *, mine: bool = False, assignment: str = "") -> Review | None:
    """The oldest open review that nobody is at: one's own and nobody's come before what was given to another."""
    found = review_queue(user, course, show="mine" if mine else "open", assignment=assignment)
    idle = Q(locked_until=None) | Q(locked_until__lte=timezone.now()) | Q(assigned_to=user)
    others = Case(When(Q(assigned_to=None) | Q(assigned_to=user), then=0), default=1)
    return found.filter(idle).order_by(others, "opened_at", "id").first()


def reviewers_of(review: Review) -> QuerySet[User]:
    """To whom it may be given: who teaches the course and sees this student's work, but for the student."""
    student, course = review.submission.student, review.submission.assignment.course
    whole = Q(role=Role.TEACHER) | Q(role=Role.ASSISTANT, limited_to=None)
    theirs = Q(role=Role.ASSISTANT, limited_to__members__user=student)
    seen = Enrolment.objects.filter(whole | theirs, course=course, role__in=TEACHING)
    return (
        User.objects.filter(pk__in=seen.values("user"), is_active=True)
        .exclude(pk=student.pk)
        .order_by("last_name", "first_name", "pk")
    )


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

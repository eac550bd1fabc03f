"""What holds for one student in an assignment: dates, attempts and cool-down, with the extension that they were given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from assignments.models import Assignment
from grader.accounts.models import Extension, User
from grader.accounts.queries import extension_of, may_teach
from grader.submissions.models import Submission


@dataclass(frozen=True)
class Terms:
    """An assignment's dates and attempts as they hold for one student."""

    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    attempts_allowed: int | None  # None: without limit
    cool_down_s: int
    extended: bool = False


@dataclass(frozen=True)
class Door:
    """Whether work can be handed in now, how often still, and how long a student has to wait before."""

    terms: Terms
    now: datetime
    used: int
    again_at: datetime | None = None  # the end of the cool-down, while it lasts
    teaches: bool = False

    @property
    def opens_later(self) -> bool:
        return bool(self.terms.opens_at and self.now < self.terms.opens_at)

    @property
    def closed(self) -> bool:
        return bool(self.terms.closes_at and self.now >= self.terms.closes_at)

    @property
    def overdue(self) -> bool:
        return bool(self.terms.due_at and self.now >= self.terms.due_at)

    @property
    def allowed(self) -> int | None:
        return self.terms.attempts_allowed

    @property
    def left(self) -> int | None:
        return None if self.allowed is None else max(0, self.allowed - self.used)

    @property
    def wait_s(self) -> int:
        """Seconds until the next attempt may be handed in; 0 where it may be now."""
        return max(0, round((self.again_at - self.now).total_seconds())) if self.again_at else 0

    @property
    def open(self) -> bool:
        return not (self.opens_later or self.closed or self.teaches or self.left == 0 or self.again_at)


def terms_with(assignment: Assignment, extension: Extension | None) -> Terms:
    """The assignment's terms with an extension. Who may hand in later than others is not shut out by their closing date."""
    due_at, closes_at, allowed = assignment.due_at, assignment.closes_at, assignment.attempts_allowed
    if extension is not None:
        due_at = extension.due_at or due_at
        closes_at = extension.closes_at or closes_at
        if closes_at and extension.due_at and not extension.closes_at:
            closes_at = max(closes_at, extension.due_at)
        allowed = None if allowed is None else allowed + extension.more_attempts
    return Terms(assignment.opens_at, due_at, closes_at, allowed, assignment.cool_down_s, extended=extension is not None)


def terms_of(student: User, assignment: Assignment) -> Terms:
    return terms_with(assignment, extension_of(student, assignment))


def door_of(user: User, assignment: Assignment, *, now: datetime | None = None) -> Door:
    """How things stand for this person at the door of this assignment."""
    terms, now = terms_of(user, assignment), now or timezone.now()
    charged = Submission.objects.filter(student=user, assignment=assignment, charged=True)
    moments = list(charged.order_by("-submitted_at").values_list("submitted_at", flat=True))
    again_at = moments[0] + timedelta(seconds=terms.cool_down_s) if moments and terms.cool_down_s else None
    return Door(
        terms=terms,
        now=now,
        used=len(moments),
        again_at=again_at if again_at and again_at > now else None,
        teaches=may_teach(user, assignment.course),
    )

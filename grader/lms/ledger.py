"""What an LMS knows of each grade: what we have beside what was delivered, and why where these differ.

A line is a grade and an endpoint. An endpoint has a grade when it has taken its newest version; the newest `grade.changed` of
the grade says what became of that version on its way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assignments.models import Course
from grader.accounts.models import Enrolment
from grader.gradebook.models import Grade
from grader.lms.models import GradeTold, WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.queries import last_tries
from grader.lms.webhooks.telling import CHANGED, newest_events


@dataclass(frozen=True)
class Narrowed:
    """Which grades; empty means any."""

    behind: bool = False
    name: str = ""  # a part of a name or log-in, or the LMS's id
    assignment: str = ""  # a slug


@dataclass(frozen=True)
class Line:
    """A grade and what the endpoint has of it. `state`: delivered, waiting, given_up, or unsent where no message was made.

    `try_` is the last try of the newest version, if there was one; `next_try_at` is set while it waits.
    """

    grade: Grade
    external_user_id: str
    told_version: int
    told_score: Decimal | None
    told_at: datetime | None
    state: str
    message: str  # the event's public id, empty without one
    tries: int
    next_try_at: datetime | None
    try_: WebhookDelivery | None

    @property
    def behind(self) -> bool:
        return self.told_version < self.grade.version


def endpoints_told(course: Course) -> list[WebhookEndpoint]:
    """Who hears of this course's grades: its own endpoints, and those of the whole site. Active ones first."""
    rows = WebhookEndpoint.objects.filter(Q(course=course) | Q(course=None), deleted_at=None, event_types__contains=[CHANGED])
    return sorted(rows.select_related("course"), key=lambda one: (not one.active, one.pk))


def host_of(endpoint: WebhookEndpoint) -> str:
    """What may be shown of an address to whoever does not manage it: a path may hold a key."""
    return urlsplit(endpoint.url).hostname or ""


def grades_told(course: Course, endpoint: WebhookEndpoint, narrowed: Narrowed) -> QuerySet[Grade]:
    """Grades that ever had a score, by name and assignment, each with `told`: the version that the endpoint has (0: none)."""
    told = GradeTold.objects.filter(endpoint=endpoint, grade=OuterRef("pk")).values("version")
    rows = Grade.objects.filter(assignment__course=course, version__gt=0)
    rows = rows.annotate(told=Coalesce(Subquery(told, output_field=IntegerField()), 0))
    if narrowed.behind:
        rows = rows.filter(told__lt=F("version"))
    if narrowed.assignment:
        rows = rows.filter(assignment__slug=narrowed.assignment)
    if narrowed.name:
        rows = rows.filter(_named(course, narrowed.name))
    order = ("student__last_name", "student__first_name", "student_id", "assignment__position", "assignment_id")
    return rows.select_related("student", "assignment").order_by(*order)


def _named(course: Course, words: str) -> Q:
    known = Enrolment.objects.filter(course=course, external_user_id=words)
    found = Q(student__in=known.values("user"))
    for name in ("last_name", "first_name", "username"):
        found |= Q(**{f"student__{name}__icontains": words})
    return found


def lines_of(course: Course, endpoint: WebhookEndpoint, grades: Sequence[Grade]) -> list[Line]:
    """The lines of a page of grades. Five queries, however many."""
    told = {row.grade_id: row for row in GradeTold.objects.filter(endpoint=endpoint, grade__in=[one.pk for one in grades])}
    people = Enrolment.objects.filter(course=course, user__in={one.student_id for one in grades})
    names = dict(people.values_list("user_id", "external_user_id"))
    newest = newest_events(course.slug, [one.public_id for one in grades])
    messages = _messages(endpoint, newest.values())
    tries = last_tries(messages.values())
    lines = []
    for grade in grades:
        message = messages.get(newest.get(grade.public_id, 0))
        lines.append(_line(grade, names.get(grade.student_id, ""), told.get(grade.pk), message, tries))
    return lines


def _messages(endpoint: WebhookEndpoint, events: Iterable[int]) -> dict[int, WebhookMessage]:
    rows = WebhookMessage.objects.filter(endpoint=endpoint, event__in=list(events)).select_related("event")
    return {row.event_id: row for row in rows}


def _line(
    grade: Grade, name: str, told: GradeTold | None, message: WebhookMessage | None, tries: dict[int, WebhookDelivery]
) -> Line:
    version = told.version if told else 0
    waits = message is not None and message.state == WebhookMessage.State.WAITING
    sent = message.state if message else "unsent"
    return Line(
        grade=grade,
        external_user_id=name,
        told_version=version,
        told_score=Decimal(told.score) if told and told.score else None,
        told_at=told.told_at if told else None,
        state="delivered" if version >= grade.version and not waits else sent,
        message=message.event.public_id if message else "",
        tries=message.tries if message else 0,
        next_try_at=message.next_try_at if message and waits else None,
        try_=tries.get(message.pk) if message else None,
    )

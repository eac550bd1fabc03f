"""Reading endpoints, their messages and each try. Who may see an endpoint is decided here, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncHour
from django.utils import timezone

from assignments.models import Course
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.events.models import Event
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.kinds import DELIVERED
from grader.lms.webhooks.outbox import events_wanted

HOURS = 24


def endpoints_of(courses: QuerySet[Course] | None) -> QuerySet[WebhookEndpoint]:
    """The endpoints of these courses; None: every endpoint, the whole site's too."""
    rows = WebhookEndpoint.objects.filter(deleted_at=None).select_related("course")
    return rows if courses is None else rows.filter(course__in=courses)


def endpoints_managed_by(user: User | AnonymousUser) -> QuerySet[WebhookEndpoint]:
    """All for the admin; for a teacher those of their courses alone, since what goes to the whole site's holds others' grades."""
    if user.is_active and user.is_superuser:
        return endpoints_of(None)
    return endpoints_of(courses_managed_by(user))


@dataclass(frozen=True)
class Wanted:
    """Which messages of an endpoint: empty means any."""

    event_type: str = ""
    state: str = ""
    student: str = ""  # a part of a name or log-in, or the LMS's id
    external_user_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def messages_of(endpoint: WebhookEndpoint, wanted: Wanted | None = None) -> QuerySet[WebhookMessage]:
    """An endpoint's messages, the newest event first, each with its event and student, and `last_try` by query."""
    return messages_matching(endpoint, wanted or Wanted()).annotate(last_try=Max("deliveries__tried_at")).order_by("-event_id")


def messages_matching(endpoint: WebhookEndpoint, wanted: Wanted) -> QuerySet[WebhookMessage]:
    """The same in no order, for whoever takes a few of many."""
    rows = endpoint.messages.select_related("event", "grade__student", "grade__assignment")
    if wanted.event_type:
        rows = rows.filter(event__type=wanted.event_type)
    if wanted.state in WebhookMessage.State.values:
        rows = rows.filter(state=wanted.state)
    if wanted.student:
        rows = rows.filter(_of_student(wanted.student))
    if wanted.external_user_id:
        rows = rows.filter(event__data__external_user_id=wanted.external_user_id)
    if wanted.since:
        rows = rows.filter(event__created_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(event__created_at__lt=wanted.until)
    return rows


def _of_student(words: str) -> Q:
    student = Q(event__data__external_user_id=words)
    for name in ("last_name", "first_name", "username"):
        student |= Q(**{f"grade__student__{name}__icontains": words})
    return student


def deliveries_of(message: WebhookMessage) -> QuerySet[WebhookDelivery]:
    """Each try of a message, the first one first."""
    return message.deliveries.order_by("id")


def replay_count(endpoint: WebhookEndpoint, since: datetime, until: datetime, *, delivered_too: bool) -> int:
    """So many messages a replay of this time would send."""
    events = Event.objects.filter(events_wanted(endpoint), created_at__gte=since, created_at__lt=until)
    if not delivered_too:
        events = events.exclude(pk__in=endpoint.messages.filter(state=WebhookMessage.State.DELIVERED).values("event"))
    return events.count()


def last_tries(messages: Iterable[WebhookMessage]) -> dict[int, WebhookDelivery]:
    """The newest try of each message that was tried. One query."""
    rows = WebhookDelivery.objects.filter(message__in=[one.pk for one in messages])
    return {row.message_id: row for row in rows.order_by("message_id", "-id").distinct("message_id")}


@dataclass(frozen=True)
class Hour:
    """Tries of one hour."""

    begins: datetime
    delivered: int = 0
    failed: int = 0


def last_day(endpoints: Iterable[WebhookEndpoint], now: datetime | None = None) -> dict[int, list[Hour]]:
    """For each endpoint the last 24 hours, the oldest first. One query."""
    newest = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    hours = [newest - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]
    ids = [endpoint.pk for endpoint in endpoints]
    rows = (
        WebhookDelivery.objects.filter(message__endpoint__in=ids, tried_at__gte=hours[0])
        .order_by()
        .annotate(hour=TruncHour("tried_at"))
        .values_list("message__endpoint", "hour")
        .annotate(ok=Count("pk", filter=Q(kind=DELIVERED)), tried=Count("pk"))
    )
    found = {(endpoint, hour): Hour(hour, ok, tried - ok) for endpoint, hour, ok, tried in rows}
    return {pk: [found.get((pk, hour), Hour(hour)) for hour in hours] for pk in ids}


def last_failures(endpoints: Iterable[WebhookEndpoint]) -> dict[int, WebhookDelivery]:
    """The newest failed try of each endpoint that has one. One query."""
    rows = WebhookDelivery.objects.filter(message__endpoint__in=[one.pk for one in endpoints]).exclude(kind=DELIVERED)
    newest = rows.order_by("message__endpoint_id", "-id").distinct("message__endpoint_id").select_related("message__event")
    return {row.message.endpoint_id: row for row in newest}

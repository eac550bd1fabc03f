"""From events to messages: each new event gets one message for each endpoint that wants it.

Two transactions may commit in another order than their events' numbers, so an endpoint does not keep a plain "last one seen":
every event newer than its horizon (`last_event`) that has no message yet gets one, and the horizon only moves past events so
old that no open transaction can still add one before them.

Whoever writes an event rings, so in a storm there are as many rings as events. Of those who come, one works and one waits; who
finds both places taken may go, since the one that waits has not looked yet and will see what rang for him. The same goes for
ringing for those who send: it comes after the look at events, and in the same turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import Now

from grader.events.models import Event
from grader.events.types import PING
from grader.lms.models import WebhookEndpoint, WebhookMessage

SETTLED = timedelta(hours=1)  # far longer than any transaction may live (settings: 60 s idle, 15 s a statement)
BATCH = 2000
_WORKS, _WAITS = 0x6F75_7462_0001, 0x6F75_7462_0002  # advisory locks of this database: any numbers that nobody else takes

_MAKE = """
INSERT INTO lms_webhookmessage (endpoint_id, event_id, grade_id, state, tries, claim)
SELECT endpoint.id, event.id, COALESCE(
    (SELECT id FROM gradebook_grade WHERE public_id = event.data->>'grade_id'),
    (SELECT grade.id FROM gradebook_grade grade JOIN submissions_submission work
        ON work.student_id = grade.student_id AND work.assignment_id = grade.assignment_id
        WHERE work.public_id = event.data->>'submission_id')), 'waiting', 0, 0
FROM lms_webhookendpoint endpoint
JOIN events_event event ON event.id > endpoint.last_event AND endpoint.event_types ? event.type
LEFT JOIN assignments_course course ON course.id = endpoint.course_id
WHERE endpoint.state = 'active' AND endpoint.deleted_at IS NULL AND event.id > %(least)s
    AND (endpoint.course_id IS NULL OR course.slug = event.course_slug)
    AND NOT EXISTS (SELECT FROM lms_webhookmessage made WHERE made.endpoint_id = endpoint.id AND made.event_id = event.id)
ORDER BY event.id LIMIT %(batch)s
ON CONFLICT DO NOTHING
"""


def events_dispatch() -> int:
    """Make the messages of new events. Returns how many there are now that were not before."""
    with _one_works_one_waits() as mine:
        return _make_all() if mine else 0


def lanes_dispatch() -> dict[int, int]:
    """The same, and then `lanes_wanted`; empty if another is about to look at both."""
    with _one_works_one_waits() as mine:
        if not mine:
            return {}
        _make_all()
        return lanes_wanted()


def _make_all() -> int:
    made = 0
    while batch := _make():
        made += batch
        if batch < BATCH:
            break
    return made


def _make() -> int:
    active = WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ACTIVE, deleted_at=None)
    least = active.aggregate(least=Min("last_event"))["least"]
    if least is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_MAKE, {"least": least, "batch": BATCH})
        return int(cursor.rowcount)


@contextmanager
def _one_works_one_waits() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_WAITS])
        if not cursor.fetchone()[0]:
            yield False
            return
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_WORKS])
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_WAITS])
        try:
            yield True
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_WORKS])


def horizons_move() -> None:
    """Let endpoints look at what is new only. An endpoint's horizon moves where nothing before it lacks a message."""
    settled = Event.objects.filter(created_at__lt=Now() - SETTLED).aggregate(newest=Max("id"))["newest"]
    events_dispatch()
    behind = WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ACTIVE, last_event__lt=settled or 0, deleted_at=None)
    for endpoint in behind.select_related("course"):
        if not events_missing(endpoint, settled).exists():
            behind.filter(pk=endpoint.pk, event_types=endpoint.event_types).update(last_event=settled)


def events_wanted(endpoint: WebhookEndpoint) -> Q:
    wanted = Q(type__in=endpoint.event_types)
    return wanted & Q(course_slug=endpoint.course.slug) if endpoint.course else wanted


def events_missing(endpoint: WebhookEndpoint, up_to: int) -> QuerySet[Event]:
    """Events since its horizon that it should hear of and has no message of."""
    told = WebhookMessage.objects.filter(endpoint=endpoint).values("event")
    since = Event.objects.filter(events_wanted(endpoint), id__gt=endpoint.last_event, id__lte=up_to)
    return since.exclude(pk__in=told)


def lanes_wanted() -> dict[int, int]:
    """For each endpoint with something to send now: how many more may send at once. One for an endpoint that fails."""
    due = Q(state=WebhookMessage.State.WAITING, next_try_at__lte=Now())
    resting = Q(endpoint__rest_until__gt=Now())
    sends = Q(endpoint__state=WebhookEndpoint.State.ACTIVE) | Q(event__type=PING)
    held = Q(held_until__gt=Now())
    rows = (
        WebhookMessage.objects.filter(due & sends & ~resting, endpoint__deleted_at=None)
        .order_by()
        .values("endpoint", "endpoint__failing_since", lanes=F("endpoint__concurrency"))
        .annotate(waiting=Count("pk", filter=Q(held_until=None) | Q(held_until__lte=Now())), flying=Count("pk", filter=held))
    )
    wanted: dict[int, int] = {}
    for row in rows:
        limit = 1 if row["endpoint__failing_since"] else row["lanes"]
        if (more := min(row["waiting"], limit - row["flying"])) > 0:
            wanted[row["endpoint"]] = more
    return wanted

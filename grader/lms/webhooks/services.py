"""Telling others what happened: events become messages, messages are delivered, each try leaves a row (Standard Webhooks 1.0).

Events are read from the outbox. Two transactions may commit in another order than their events' numbers, so an endpoint does
not keep a plain "last one seen": every event newer than its horizon that has no message yet gets one, and the horizon only
moves past events so old that no open transaction can still add one before them.
"""

from __future__ import annotations

import base64
import json
import logging
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Now
from standardwebhooks.webhooks import Webhook

from assignments.models import Course
from grader import http_out
from grader.events.models import Event
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage

log = logging.getLogger(__name__)

EVENT_TYPES = ("grade.changed", "submission.received")
# Seconds after the tries 1, 2, …; from 5 s on it is Standard Webhooks' own schedule.
RETRY_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2
HOLD_S = 60  # a try in flight is nobody else's for so long; more than http_out lets a call take
SETTLED = timedelta(hours=1)  # far longer than any transaction may live (settings: 60 s idle, 15 s a statement)
BATCH = 500


def endpoint_create(*, url: str, events: Iterable[str], course: Course | None = None) -> WebhookEndpoint:
    """A new receiver. It hears of what happens from now on. Its secret is shown once, by whoever called this."""
    wanted = list(dict.fromkeys(events))
    unknown = [name for name in wanted if name not in EVENT_TYPES]
    if unknown or not wanted:
        raise ValueError(f"Unknown events: {', '.join(unknown) or '(none given)'}. Known are {', '.join(EVENT_TYPES)}.")
    http_out.url_check(url)
    newest = Event.objects.aggregate(newest=Max("id"))["newest"] or 0
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return WebhookEndpoint.objects.create(url=url, secret=secret, event_types=wanted, course=course, last_event=newest)


def events_dispatch() -> list[int]:
    """Make a message of each new event for each endpoint that wants it. Returns the ids of those made, for delivery."""
    made: list[int] = []
    for endpoint in WebhookEndpoint.objects.filter(active=True):
        made += _dispatch_to(endpoint)
    return made


@transaction.atomic
def _dispatch_to(endpoint: WebhookEndpoint) -> list[int]:
    locked = WebhookEndpoint.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=endpoint.pk, active=True).first()
    if locked is None:  # another dispatcher is at it
        return []
    events = list(_events_for(locked)[:BATCH])
    WebhookMessage.objects.bulk_create([WebhookMessage(endpoint=locked, event=event) for event in events], ignore_conflicts=True)
    if len(events) < BATCH:
        _move_horizon(locked)
    made = WebhookMessage.objects.filter(endpoint=locked, event__in=events, state=WebhookMessage.State.WAITING)
    return list(made.order_by("event_id").values_list("id", flat=True))


def _events_for(endpoint: WebhookEndpoint) -> QuerySet[Event]:
    told = WebhookMessage.objects.filter(endpoint=endpoint, event=OuterRef("pk"))
    events = Event.objects.filter(~Exists(told), id__gt=endpoint.last_event, type__in=endpoint.event_types).order_by("id")
    return events.filter(course_slug=endpoint.course.slug) if endpoint.course else events


def _move_horizon(endpoint: WebhookEndpoint) -> None:
    settled = Event.objects.filter(id__gt=endpoint.last_event, created_at__lt=Now() - SETTLED).aggregate(newest=Max("id"))[
        "newest"
    ]
    if settled:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_event=settled)


def messages_due(limit: int = 200) -> list[int]:
    """Messages to be tried now, at most 20 of one endpoint, so that a dead one does not fill the queue."""
    due = WebhookMessage.objects.filter(
        state=WebhookMessage.State.WAITING, next_try_at__lte=Now(), endpoint__active=True
    ).order_by("next_try_at")
    taken: dict[int, int] = {}
    found: list[int] = []
    for message_id, endpoint_id in due.values_list("id", "endpoint_id")[: limit * 5]:
        taken[endpoint_id] = taken.get(endpoint_id, 0) + 1
        if taken[endpoint_id] <= 20 and len(found) < limit:
            found.append(message_id)
    return found


@dataclass(frozen=True)
class _Try:
    """How one try went."""

    status: int | None
    error: str
    head: str
    retry_after_s: int | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def message_deliver(message_id: int) -> bool | None:
    """Try once to deliver. None where somebody else has it, or it is not due."""
    message = _message_take(message_id)
    if message is None:
        return None
    started = datetime.now(UTC)
    tried = _try(message)
    duration_ms = int((datetime.now(UTC) - started).total_seconds() * 1000)
    _message_settle(message, tried, duration_ms)
    return tried.delivered


@transaction.atomic
def _message_take(message_id: int) -> WebhookMessage | None:
    """Hold the message for the length of a try without a transaction open meanwhile: its next try is moved ahead."""
    due = WebhookMessage.objects.filter(pk=message_id, state=WebhookMessage.State.WAITING, next_try_at__lte=Now())
    message = due.select_for_update(skip_locked=True, of=("self",)).select_related("endpoint", "event").first()
    if message is None or not message.endpoint.active:
        return None
    message.tries += 1
    held = Now() + timedelta(seconds=HOLD_S)
    WebhookMessage.objects.filter(pk=message.pk).update(tries=message.tries, next_try_at=held)
    return message


def _try(message: WebhookMessage) -> _Try:
    body = body_of(message.event)
    try:
        answer = http_out.post(message.endpoint.url, body, _signed_headers(message, body))
    except http_out.CallRefused as refused:
        return _Try(None, f"refused: {refused}", "")
    except http_out.CallFailed as failed:
        return _Try(None, str(failed), "")
    head = answer.body[:500].decode("utf-8", "replace").replace("\x00", "")
    after = answer.headers.get("retry-after", "")
    wait = min(int(after), 86_400) if after.isdigit() and len(after) < 7 and answer.status in (429, 503) else None
    return _Try(answer.status, "" if answer.status < 300 else f"answered {answer.status}", head, wait)


def body_of(event: Event) -> bytes:
    """The exact bytes that are signed and sent, the same at every try."""
    stamp = event.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"type": event.type, "timestamp": stamp, "data": event.data}, ensure_ascii=False, sort_keys=True).encode()


def _signed_headers(message: WebhookMessage, body: bytes) -> dict[str, str]:
    now = datetime.now(UTC)
    name = message.event.public_id
    signature = Webhook(message.endpoint.secret).sign(name, now, body.decode())
    return {
        "Content-Type": "application/json",
        "User-Agent": "grader-webhooks/1",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


@transaction.atomic
def _message_settle(message: WebhookMessage, tried: _Try, duration_ms: int) -> None:
    WebhookDelivery.objects.create(
        message=message,
        status_code=tried.status,
        error=tried.error[:200],
        duration_ms=duration_ms,
        response_head=tried.head,
    )
    mine = WebhookMessage.objects.filter(pk=message.pk, tries=message.tries, state=WebhookMessage.State.WAITING)
    if tried.delivered:
        mine.update(state=WebhookMessage.State.DELIVERED)
        return
    if tried.status == 410:  # Gone: the receiver wants no more
        WebhookEndpoint.objects.filter(pk=message.endpoint_id).update(active=False)
    if message.tries > len(RETRY_S) or tried.status == 410:
        mine.update(state=WebhookMessage.State.GIVEN_UP)
        return
    mine.update(next_try_at=Now() + timedelta(seconds=retry_wait_s(message.tries, tried.retry_after_s)))


def retry_wait_s(tries: int, retry_after_s: int | None = None) -> float:
    """Seconds until the next try after so many, a fifth more or less lest all come at once; a receiver may ask for more."""
    wait = RETRY_S[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(wait, retry_after_s or 0)

"""What people and tokens do with endpoints and messages: one transaction each, with a row in the audit log.

Pages, the API and the command call these. Whoever may do so is the caller's query (`queries.endpoints_of`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from assignments.models import Course
from grader import http_out, queue
from grader.events.models import Event
from grader.events.services import Actor, audit_add
from grader.events.types import CHOSEN_FROM, PING
from grader.gradebook.models import Grade
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.outbox import events_wanted
from grader.lms.webhooks.signing import secret_new

OVERLAP = timedelta(hours=24)  # so long the old secret signs beside a new one
REPLAY_MOST = 20_000  # messages that one replay sends again

State, Message = WebhookEndpoint.State, WebhookMessage.State


class EndpointRefused(ValueError):
    """An endpoint can't be made or changed so: `problems` says what is wrong with each field, in the reader's language."""

    def __init__(self, problems: dict[str, http_out.Words]) -> None:
        self.problems = problems
        with translation.override("en"):
            super().__init__(" ".join(str(one) for one in problems.values()))


class EndpointResting(Exception):
    """The endpoint is paused, disabled or deleted: it is to go on first."""


@transaction.atomic
def endpoint_create(
    *, url: str, events: Iterable[str], by: Actor, course: Course | None = None, name: str = "", concurrency: int = 2
) -> WebhookEndpoint:
    """A new receiver. It hears of what happens from now on. Its secret is shown once, by whoever called this.

    Raises:
        EndpointRefused: an address that is never called, or events that do not exist.
    """
    wanted = _checked(url, events, concurrency)
    newest = Event.objects.aggregate(newest=Max("id"))["newest"] or 0
    endpoint = WebhookEndpoint.objects.create(
        url=url,
        secret=secret_new(),
        event_types=wanted,
        course=course,
        name=name.strip()[:120],
        concurrency=concurrency,
        last_event=newest,
    )
    endpoint_audit("made", endpoint, by)
    return endpoint


def _checked(url: str, events: Iterable[str], concurrency: int) -> list[str]:
    problems: dict[str, http_out.Words] = {}
    wanted = list(dict.fromkeys(events))
    if not wanted:
        problems["events"] = _("Choose at least one event.")
    if unknown := [name for name in wanted if name not in CHOSEN_FROM]:
        says = _("Unknown events: {unknown}. Known are {known}.")
        problems["events"] = format_lazy(says, unknown=", ".join(unknown), known=", ".join(CHOSEN_FROM))
    try:
        http_out.url_check(url)
    except http_out.CallRefused as refused:
        problems["url"] = refused.says
    if len(url) > 500:
        problems["url"] = _("An address has at most 500 characters.")
    if not 1 <= concurrency <= 4:
        problems["concurrency"] = _("Between 1 and 4 messages are sent at once.")
    if problems:
        raise EndpointRefused(problems)
    return wanted


@transaction.atomic
def endpoint_update(
    endpoint: WebhookEndpoint,
    *,
    by: Actor,
    url: str | None = None,
    events: Iterable[str] | None = None,
    name: str | None = None,
    concurrency: int | None = None,
) -> WebhookEndpoint:
    """Change what is given. Events of a newly chosen type are sent from the last hour on. Raises `EndpointRefused`."""
    row = _locked(endpoint)
    row.url = row.url if url is None else url
    row.name = row.name if name is None else name.strip()[:120]
    row.concurrency = row.concurrency if concurrency is None else concurrency
    row.event_types = _checked(row.url, row.event_types if events is None else events, row.concurrency)
    row.save(update_fields=["url", "name", "concurrency", "event_types"])
    endpoint_audit("changed", row, by)
    return row


@transaction.atomic
def endpoint_pause(endpoint: WebhookEndpoint, *, by: Actor) -> None:
    """Send nothing until it is resumed. What happens meanwhile is kept for it."""
    if _active(endpoint).update(state=State.PAUSED, state_since=Now()):
        endpoint_audit("paused", endpoint, by)


@transaction.atomic
def endpoint_resume(endpoint: WebhookEndpoint, *, by: Actor) -> None:
    """Send again, also all that happened while it was paused or disabled and what was given up since it began to fail."""
    row = _locked(endpoint)
    if row.state == State.ACTIVE:
        return
    since = row.failing_since
    fields: dict[str, Any] = {"failing_since": None, "warned_at": None, "rest_until": None, "disabled_why": ""}
    WebhookEndpoint.objects.filter(pk=row.pk).update(state=State.ACTIVE, state_since=Now(), **fields)
    if since is not None:
        lately = since - timedelta(minutes=1)  # its first failures were in flight side by side
        given_up = row.messages.filter(state=Message.GIVEN_UP, deliveries__tried_at__gte=lately).exclude(event__type=PING)
        send_again(WebhookMessage.objects.filter(pk__in=given_up.values("pk")))
    endpoint_audit("resumed", row, by)
    transaction.on_commit(queue.ring_dispatch, robust=True)


@transaction.atomic
def endpoint_delete(endpoint: WebhookEndpoint, *, by: Actor) -> None:
    """Never call it again, and forget its secrets. Its log stays until it is thirty days old."""
    live = WebhookEndpoint.objects.filter(pk=endpoint.pk, deleted_at=None)
    if live.update(deleted_at=Now(), state=State.PAUSED, state_since=Now(), secret="", secret_old="", secret_old_until=None):
        endpoint.messages.filter(state=Message.WAITING).update(state=Message.GIVEN_UP)
        endpoint_audit("deleted", endpoint, by)


@transaction.atomic
def endpoint_rotate_secret(endpoint: WebhookEndpoint, *, by: Actor) -> str:
    """A new secret, to be shown once. The old one signs beside it for a day; one that was older signs no longer."""
    row = _locked(endpoint)
    secret = secret_new()
    WebhookEndpoint.objects.filter(pk=row.pk).update(secret=secret, secret_old=row.secret, secret_old_until=Now() + OVERLAP)
    endpoint_audit("secret_rotated", row, by)
    return secret


@transaction.atomic
def endpoint_ping(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookMessage:
    """Send a test to this endpoint alone, once, whatever its state and its choice of events."""
    row = _locked(endpoint)
    course = row.course.slug if row.course else ""
    event = Event.objects.create(type=PING, course_slug=course, data={"endpoint_id": row.public_id})
    message = WebhookMessage.objects.create(endpoint=row, event=event)
    WebhookEndpoint.objects.filter(pk=row.pk).update(rest_until=None)
    endpoint_audit("pinged", row, by)
    transaction.on_commit(queue.ring_dispatch, robust=True)
    return message


@transaction.atomic
def message_redeliver(message: WebhookMessage, *, by: Actor) -> None:
    """Send it now, delivered or not: the same webhook-id, a new timestamp, the retries from the beginning."""
    row = sending(message.endpoint)
    send_again(WebhookMessage.objects.filter(pk=message.pk))
    endpoint_audit("message_redelivered", row, by, message=message.event.public_id)
    transaction.on_commit(queue.ring_dispatch, robust=True)


@transaction.atomic
def messages_replay(endpoint: WebhookEndpoint, since: datetime, until: datetime, *, by: Actor, delivered_too: bool = True) -> int:
    """Send what happened in this time once more, also what the endpoint never had a message of. Returns how many are sent."""
    row = sending(endpoint)
    events = Event.objects.filter(events_wanted(row), created_at__gte=since, created_at__lt=until)
    missing = events.exclude(pk__in=WebhookMessage.objects.filter(endpoint=row).values("event")).order_by("id")
    made = [WebhookMessage(endpoint=row, event=event, grade_id=grade_of(event)) for event in missing[:REPLAY_MOST]]
    again = row.messages.filter(event__in=events)
    if not delivered_too:
        again = again.exclude(state=Message.DELIVERED)
    number = send_again(again)
    number += len(WebhookMessage.objects.bulk_create(made, ignore_conflicts=True))
    endpoint_audit("messages_replayed", row, by, since=since.isoformat(), until=until.isoformat(), messages=number)
    transaction.on_commit(queue.ring_dispatch, robust=True)
    return number


def grade_of(event: Event) -> int | None:
    """Whose grade an event is about, where it names one."""
    name = event.data.get("grade_id")
    return Grade.objects.filter(public_id=name).values_list("pk", flat=True).first() if name else None


def send_again(messages: QuerySet[WebhookMessage]) -> int:
    """Under the lock of their endpoint: these messages are due now, their retries begin anew."""
    WebhookEndpoint.objects.filter(pk__in=messages.values("endpoint")).update(rest_until=None)
    return messages.update(state=Message.WAITING, tries=0, next_try_at=Now(), claim=F("claim") + 1, held_until=None)


def sending(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The endpoint, locked. Raises `EndpointResting` where nothing is sent to it."""
    row = _locked(endpoint)
    if not row.active:
        raise EndpointResting(f"endpoint {row.public_id} is {row.state}: resume it first")
    return row


def _locked(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",)).select_related("course")
    row = rows.filter(pk=endpoint.pk, deleted_at=None).first()
    if row is None:
        raise EndpointResting(f"endpoint {endpoint.public_id} was deleted")
    return row


def _active(endpoint: WebhookEndpoint) -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(pk=endpoint.pk, state=State.ACTIVE, deleted_at=None)


def endpoint_audit(what: str, endpoint: WebhookEndpoint, by: Actor, **more: Any) -> None:
    """Never a secret: what the endpoint is and what was done with it."""
    data = {"endpoint_id": endpoint.public_id, "url": endpoint.url, "events": list(endpoint.event_types), **more}
    audit_add(f"endpoint.{what}", by=by, course_slug=endpoint.course.slug if endpoint.course else "", data=data)

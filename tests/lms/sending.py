"""What the tests of this room share: an endpoint, an event, and sending what is due as the tasks do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from grader.events.models import Event
from grader.events.services import Actor, event_add
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.delivery import endpoint_drain
from grader.lms.webhooks.outbox import events_dispatch, lanes_wanted
from grader.lms.webhooks.services import endpoint_create

BY = Actor(person="usr_tester", source="192.0.2.7")


def an_endpoint(url: str, *events: str, **fields: Any) -> WebhookEndpoint:
    return endpoint_create(url=url, events=events or ("grade.changed",), by=BY, **fields)


def an_event(number: int = 1, **fields: Any) -> Event:
    return event_add(event_type=fields.pop("event_type", "grade.changed"), course_slug="small", data={"number": number, **fields})


def send_all(slice_s: float = 60.0) -> None:
    """Make messages of new events and send whatever is due, here and now."""
    events_dispatch()
    for endpoint_id in lanes_wanted():
        endpoint_drain(endpoint_id, slice_s=slice_s)


def due_now() -> None:
    """As if the waits were over."""
    WebhookMessage.objects.update(next_try_at=Now() - timedelta(seconds=1), held_until=None)
    WebhookEndpoint.objects.update(rest_until=None)


def the_message() -> WebhookMessage:
    return WebhookMessage.objects.select_related("endpoint", "event").get()

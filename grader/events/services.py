"""Writing to the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from grader import queue
from grader.events.models import Event


def event_add(*, event_type: str, course_slug: str, data: dict[str, Any]) -> Event:
    """Tell what happened, in the transaction in which it happens; once that is done, ring for whoever passes it on."""
    event = Event.objects.create(type=event_type, course_slug=course_slug, data=data)
    transaction.on_commit(queue.ring_dispatch, robust=True)
    return event


def events_add(*, event_type: str, course_slug: str, rows: Iterable[dict[str, Any]]) -> None:
    """The same for many at once: one statement, one ring."""
    events = [Event(type=event_type, course_slug=course_slug, data=data) for data in rows]
    if events:
        Event.objects.bulk_create(events)
        transaction.on_commit(queue.ring_dispatch, robust=True)

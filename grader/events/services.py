"""Writing to the outbox: what others read, and the audit log, which stays in the house."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from grader import queue
from grader.events.models import Event

AUDIT = "audit."


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


@dataclass(frozen=True)
class Actor:
    """Who did something: the person's public id, the token's if it was by one, and from where (an address, or "command")."""

    person: str = ""
    token: str = ""
    source: str = ""


def audit_add(what: str, *, by: Actor, course_slug: str, data: dict[str, Any]) -> None:
    """Note who did what to something that others depend on. No webhook and no feed carries it."""
    Event.objects.create(type=AUDIT + what, course_slug=course_slug, data={**data, "by": asdict(by)})


def moment_text(moment: datetime | None) -> str | None:
    """A moment as callers outside read it: RFC 3339, UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

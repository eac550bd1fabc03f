"""Reading the outbox in order without missing anything.

An event's number is given when it is written, and seen when its transaction commits; so a smaller number may appear after a
greater one, and whoever had read past it would never see it. Therefore the newest events are held back: those of the last
seconds, and everything since the oldest transaction began that has written an event and is still open. Whoever wrote a number
before one that is shown has then either committed, or holds a lock on the table since before that one was written.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from grader.events.models import Event

SETTLE = timedelta(seconds=3)  # more than asking for locks and then for events takes, and than clocks of our machines differ

_OLDEST_WRITER = """
SELECT min(coalesce(activity.xact_start, now() - interval '1 hour'))
FROM pg_locks AS held JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'relation' AND held.relation = %s::regclass AND held.mode = 'RowExclusiveLock' AND held.granted
  AND held.pid <> pg_backend_pid() AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def events_settled(types: Collection[str], courses: Collection[str]) -> QuerySet[Event]:
    """Events of these types and courses that nothing can come before any more, oldest first."""
    oldest = _oldest_writer()
    rows = Event.objects.filter(type__in=types, course_slug__in=courses, created_at__lt=Now() - SETTLE)
    return (rows.filter(created_at__lt=oldest - SETTLE) if oldest else rows).order_by("pk")


def _oldest_writer() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_WRITER, [Event._meta.db_table])
        found: datetime | None = cursor.fetchone()[0]
    return found

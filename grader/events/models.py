"""The outbox: what happened, in order, written in the transaction in which it happened."""

from __future__ import annotations

from django.db import models

from grader.ids import public_id


def event_id() -> str:
    return public_id("evt")


class Event(models.Model):
    """A fact for others to read. Append-only (a trigger refuses changes); `data` is what a webhook would carry."""

    public_id = models.CharField(max_length=40, unique=True, default=event_id, editable=False)
    type = models.CharField(max_length=60)  # grade.changed, submission.received, run.finished, …
    course_slug = models.CharField(max_length=60, blank=True)
    data = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["course_slug", "type", "id"], name="events_by_course"),
        ]

"""Telling an endpoint the newest version of grades once more, whatever it has heard."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from grader import queue
from grader.events.models import Event
from grader.events.services import Actor
from grader.gradebook.models import Grade
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.services import endpoint_audit, send_again, sending

CHANGED = "grade.changed"


def newest_events(course_slug: str, grades: Sequence[str]) -> dict[str, int]:
    """The newest `grade.changed` of each of these grades (public ids), by number. One query."""
    rows = Event.objects.filter(type=CHANGED, course_slug=course_slug, data__grade_id__in=list(grades))
    found = rows.order_by("data__grade_id", "-pk").distinct("data__grade_id")
    return {str(grade): number for grade, number in found.values_list("data__grade_id", "pk")}


@transaction.atomic
def grades_tell_again(endpoint: WebhookEndpoint, grades: Sequence[Grade], *, course_slug: str, by: Actor) -> int:
    """Send the newest version of each grade now, delivered or not, under the webhook-id that it has had. Returns how many.

    A grade that changed before the endpoint was there gets its first message. Raises `EndpointResting`.
    """
    row = sending(endpoint)
    numbers = newest_events(course_slug, [grade.public_id for grade in grades])
    made = [
        WebhookMessage(endpoint=row, event_id=numbers[grade.public_id], grade=grade)
        for grade in grades
        if grade.public_id in numbers
    ]
    WebhookMessage.objects.bulk_create(made, ignore_conflicts=True)
    sent = send_again(WebhookMessage.objects.filter(endpoint=row, event__in=numbers.values()))
    endpoint_audit("grades_told_again", row, by, grades=sent, of_course=course_slug)
    transaction.on_commit(queue.ring_dispatch, robust=True)
    return sent

"""Who wants to hear of events, and how each try to tell them went."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from assignments.models import Course
from grader.events.models import Event
from grader.ids import public_id


def endpoint_id() -> str:
    return public_id("whe")


class WebhookEndpoint(models.Model):
    """A receiver: where to post, which events of which course (none: all), and the secret that signs (Standard Webhooks 1.0)."""

    public_id = models.CharField(max_length=40, unique=True, default=endpoint_id, editable=False)
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=120)  # whsec_…
    event_types = models.JSONField(default=list)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    active = models.BooleanField(default=True)
    last_event = models.BigIntegerField(default=0)  # the newest event that was turned into messages for this endpoint
    created_at = models.DateTimeField(auto_now_add=True)


class WebhookMessage(models.Model):
    """One event for one endpoint, until it is delivered or given up. The event's public id is the webhook-id of every try."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="an_event_once_an_endpoint")]
        indexes = [models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="messages_waiting")]


class WebhookDelivery(models.Model):
    """One try to tell: what came back, and how long it took. Append-only."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    tried_at = models.DateTimeField(db_default=Now())
    status_code = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    response_head = models.CharField(max_length=500, blank=True)

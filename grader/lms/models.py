"""Who wants to hear of events, how each try to tell them went, and what each of them knows of each grade."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from assignments.models import Course
from grader.events.models import Event
from grader.gradebook.models import Grade
from grader.ids import public_id
from grader.sealed import SealedField


def endpoint_id() -> str:
    return public_id("whe")


class WebhookEndpoint(models.Model):
    """A receiver: where to post, which events of which course (none: all), and the secret that signs (Standard Webhooks 1.0).

    A deleted one stays as a row without secrets until its messages have been forgotten.
    """

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"  # by a person; what happens meanwhile is told when it goes on
        DISABLED = "disabled"  # by us; `disabled_why` says why

    class Why(models.TextChoices):
        GONE = "gone"  # it answered 410
        FAILING = "failing"  # nothing but failures for days

    public_id = models.CharField(max_length=40, unique=True, default=endpoint_id, editable=False)
    name = models.CharField(max_length=120, blank=True)
    url = models.URLField(max_length=500)
    secret = SealedField()  # whsec_…; empty where it can't be read any more
    secret_old = SealedField(blank=True)  # signs too, until `secret_old_until`
    secret_old_until = models.DateTimeField(null=True, blank=True)
    event_types = models.JSONField(default=list)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    concurrency = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1), MaxValueValidator(4)])
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    disabled_why = models.CharField(max_length=8, choices=Why.choices, blank=True)
    state_since = models.DateTimeField(db_default=Now())
    failing_since = models.DateTimeField(null=True, blank=True)  # the first failure after the last success
    warned_at = models.DateTimeField(null=True, blank=True)
    rest_until = models.DateTimeField(null=True, blank=True)  # it asked for time (Retry-After)
    last_event = models.BigIntegerField(default=0)  # events up to this one are settled: they have a message, or get none
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name or self.url

    @property
    def active(self) -> bool:
        return self.state == self.State.ACTIVE and self.deleted_at is None

    def secrets(self, now: datetime | None = None) -> list[str]:
        """What signs at the moment, the newest first. None: what was kept can't be read."""
        old = bool(self.secret_old_until and self.secret_old_until > (now or timezone.now()))
        return [secret for secret in (self.secret, self.secret_old if old else "") if secret]


class WebhookMessage(models.Model):
    """One event for one endpoint, until it is delivered or given up. The event's public id is the webhook-id of every try."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        GIVEN_UP = "given_up"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="messages")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # whose event it is
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    claim = models.PositiveIntegerField(default=0)  # grows with each hold, so that who comes late changes nothing
    held_until = models.DateTimeField(null=True, blank=True)  # a try is in flight

    class Meta:
        ordering = ["-event_id"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="an_event_once_an_endpoint")]
        indexes = [
            models.Index(fields=["endpoint", "next_try_at"], condition=models.Q(state="waiting"), name="messages_due"),
            models.Index(fields=["grade", "endpoint"], name="messages_of_a_grade"),
        ]


class WebhookDelivery(models.Model):
    """One try to tell: what was sent beside the body, what came back, and how long it took. Append-only, for thirty days."""

    message = models.ForeignKey(WebhookMessage, on_delete=models.CASCADE, related_name="deliveries")
    tried_at = models.DateTimeField(db_default=Now())
    status_code = models.PositiveIntegerField(null=True)
    kind = models.CharField(max_length=12, default="")  # of `webhooks.kinds`: delivered, timeout, redirect, …
    error = models.CharField(max_length=200, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    request_headers = models.JSONField(default=dict)
    response_headers = models.JSONField(default=dict)
    response_head = models.TextField(blank=True)  # at most 8 KiB

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["tried_at"], name="deliveries_by_time")]


class GradeTold(models.Model):
    """The newest version of a grade that an endpoint is known to have received. Kept when messages are forgotten."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    score = models.CharField(max_length=12, blank=True)  # as it was sent; empty: null
    told_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "grade"], name="a_grade_once_an_endpoint")]

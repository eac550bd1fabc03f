"""Machines that may call us, what they were answered, and what a course lets them do."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from assignments.models import Course
from grader.ids import public_id


def token_id() -> str:
    return public_id("tok")


class ApiToken(models.Model):
    """What a machine shows to be let in. Only the SHA-256 of it is kept; `key` finds the row and is no secret.

    It never may more than `created_by` does now, in `courses` alone unless it is of the `whole_site` (which an admin's can be).
    """

    public_id = models.CharField(max_length=40, unique=True, default=token_id, editable=False)
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(default=list)
    whole_site = models.BooleanField(default=False)
    courses = models.ManyToManyField(Course, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)  # None: never
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def ended(self, now: datetime) -> bool:
        """Whether it lets nobody in any more."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)


class IdempotencyRecord(models.Model):
    """What a POST with an Idempotency-Key was answered, for who asks again within a day. Written with what the POST wrote."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    route = models.CharField(max_length=500)  # POST /api/v1/…
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of the body
    status = models.PositiveIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "route", "key"], name="an_answer_once_a_key")]
        indexes = [models.Index(fields=["created_at"], name="answers_by_age")]


class CourseRules(models.Model):
    """What a course lets machines do beyond the rest. No row: nothing."""

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="api_rules")
    provisions_students = models.BooleanField(default=False)  # a submission of somebody unknown enrols them

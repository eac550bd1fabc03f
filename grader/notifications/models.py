"""What was to be told to whom by mail, and how each try to tell it went."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from grader.events.models import Event
from grader.ids import public_id


def mail_id() -> str:
    return public_id("eml")


class MailCursor(models.Model):
    """How far the outbox was read: one row. Events up to `last_event` are settled; later ones have a mail or get one."""

    last_event = models.BigIntegerField(default=0)


class Mail(models.Model):
    """One event for one person, until it is sent, given up, or known to be of no use. Its public id is in the Message-ID."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        SKIPPED = "skipped"  # not wanted, nobody to write to, or told already; `why` says which
        GIVEN_UP = "given_up"

    public_id = models.CharField(max_length=40, unique=True, default=mail_id, editable=False)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="mails")
    kind = models.CharField(max_length=20)  # a key of `kinds.KINDS`
    about = models.CharField(max_length=40, blank=True)  # public id of what it tells of
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=40, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="mails_waiting"),
            models.Index(fields=["kind", "about"], name="mails_about"),
        ]


class MailTry(models.Model):
    """One try to send: what the mail server said, and how long it took. Append-only."""

    mail = models.ForeignKey(Mail, on_delete=models.PROTECT, related_name="log")
    tried_at = models.DateTimeField(db_default=Now(), editable=False)
    sent = models.BooleanField()
    error = models.CharField(max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)

"""What pages say of endpoints, messages and tries, in words of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grader.events.types import PING
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage

Words = str | Promise

EVENTS: Mapping[str, Words] = {
    "submission.received": _("A student's work was taken in."),
    "run.started": _("A worker has begun to grade a submission."),
    "run.finished": _("A run came to its end and was judged."),
    "run.failed": _("The service itself failed to judge a run."),
    "grade.posted": _("A student has a score in an assignment for the first time; beside grade.changed."),
    "grade.changed": _("A grade changed, the first score included. Enough for most LMSs."),
    "regrade.finished": _("A regrade has been applied whole."),
    "review.requested": _("A task waits for a person."),
    "review.resolved": _("A person has answered."),
    "extension.given": _("A student has more time or attempts."),
    "extension.taken_back": _("A student's extension holds no longer."),
    PING: _("A test of one endpoint."),
}
# How a try ended, and what there is to do about it.
KINDS: Mapping[str, Words] = {
    "delivered": _("Taken."),
    "refused": _("Nothing was sent: the address may not be called, or there is no secret to sign with."),
    "unknown": _("The name of the address leads nowhere. Look whether it is spelt right."),
    "connect": _("Nobody listens at this address. Is the receiver running, and its port open to us?"),
    "tls": _("The address has no certificate that we trust, or speaks no TLS."),
    "timeout": _("No answer in time. Let the receiver keep the message, answer, and do its work afterwards."),
    "broken": _("The receiver hung up in the middle, or answered no HTTP."),
    "redirect": _("The receiver sent us elsewhere. Redirects are not followed: write the last address here."),
    "gone": _("The receiver answered 410: it wants no more. The endpoint was switched off."),
    "busy": _("The receiver asks for time. It gets it."),
    "rejected": _("The receiver refused the message. Look into its answer: a wrong secret is the usual cause."),
    "server": _("The receiver failed. Its own log says why."),
}
WHY_OFF: Mapping[str, Words] = {
    WebhookEndpoint.Why.GONE: _("It answered 410, which means that it wants no more."),
    WebhookEndpoint.Why.FAILING: _("Nothing but failures for five days."),
}


@dataclass(frozen=True)
class Badge:
    """A state: a tone of the style sheet, a sign for those who tell no colours apart, and its word."""

    tone: str
    sign: str
    says: Words


STATES: Mapping[str, Badge] = {
    "active": Badge("good", "✓", _("active")),
    "paused": Badge("warn", "‖", _("paused")),
    "disabled": Badge("bad", "✕", _("switched off")),
    "failing": Badge("bad", "!", _("fails")),
}
MESSAGES: Mapping[str, Badge] = {
    WebhookMessage.State.WAITING: Badge("waiting", "…", pgettext_lazy("message", "waiting")),
    WebhookMessage.State.DELIVERED: Badge("good", "✓", _("delivered")),
    WebhookMessage.State.GIVEN_UP: Badge("bad", "✕", _("given up")),
}


def state_of(endpoint: WebhookEndpoint) -> Badge:
    failing = endpoint.active and endpoint.failing_since is not None
    return STATES["failing" if failing else endpoint.state]


def message_state(message: WebhookMessage) -> Badge:
    return MESSAGES[message.state]


def kind_says(delivery: WebhookDelivery) -> Words:
    return KINDS.get(delivery.kind, delivery.error)

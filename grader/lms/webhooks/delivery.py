"""From messages to receivers: claim one, post it, write down what came of it.

A claim holds a message for the length of a try, by a row and not by a transaction: killed in between, the hold runs out and the
message is tried again with the same webhook-id. An endpoint has as many holds at once as it allows, and one while it fails: a
dead receiver takes one lane from the others. It is asked for under the endpoint's row lock, so it holds for any number of
workers on any number of machines.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from grader import http_out
from grader.events.types import PING
from grader.lms.models import GradeTold, WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.kinds import DELIVERED, kind_of
from grader.lms.webhooks.signing import body_of, headers_for

JITTER = 0.2
SLICE_S = 5.0  # then the next endpoint's turn
LONGEST_REST_S = 86_400

State = WebhookMessage.State


def hold_s() -> float:
    """So long a try in flight is nobody else's: more than http_out lets a call take."""
    return 2 * settings.GRADER_WEBHOOK_TIMEOUT_S + 2


def endpoint_drain(endpoint_id: int, *, slice_s: float = SLICE_S) -> bool:
    """Send what is due to one endpoint, one after the other, for a while. True: its time is over and there may be more."""
    until = time.monotonic() + slice_s
    while (message := message_claim(endpoint_id)) is not None:
        message_try(message)
        if time.monotonic() > until:
            return True
    return False


@transaction.atomic
def message_claim(endpoint_id: int) -> WebhookMessage | None:
    """The next message that is due, held for a try. None: nothing is due, or as many are in flight as may be."""
    locked = WebhookEndpoint.objects.select_for_update(no_key=True, of=("self",)).filter(pk=endpoint_id, deleted_at=None)
    endpoint = locked.filter(Q(rest_until=None) | Q(rest_until__lte=Now())).first()
    if endpoint is None:
        return None
    mine = WebhookMessage.objects.filter(endpoint=endpoint, state=State.WAITING)
    if mine.filter(held_until__gt=Now()).count() >= (1 if endpoint.failing_since else endpoint.concurrency):
        return None
    due = mine.filter(Q(held_until=None) | Q(held_until__lte=Now()), next_try_at__lte=Now())
    if not endpoint.active:
        due = due.filter(event__type=PING)
    message = due.select_for_update(skip_locked=True, of=("self",)).select_related("event").order_by("next_try_at", "id").first()
    if message is None:
        return None
    message.endpoint = endpoint
    message.claim += 1
    held = Now() + timedelta(seconds=hold_s())
    WebhookMessage.objects.filter(pk=message.pk).update(claim=message.claim, held_until=held)
    return message


@dataclass(frozen=True)
class Tried:
    """How one try went."""

    kind: str
    sent: dict[str, str]
    status: int | None = None
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    head: str = ""
    duration_ms: int = 0

    @property
    def delivered(self) -> bool:
        return self.kind == DELIVERED

    @property
    def rest_s(self) -> int | None:
        """So long the receiver asks to be left alone."""
        after = self.headers.get("retry-after", "")
        asked = self.status in (429, 503) and after.isascii() and after.isdigit() and len(after) < 9
        return min(int(after), LONGEST_REST_S) if asked else None


def message_try(message: WebhookMessage) -> bool:
    """One try, and what came of it in the log."""
    tried = _call(message)
    _settle(message, tried)
    return tried.delivered


def _call(message: WebhookMessage) -> Tried:
    body = body_of(message.event)
    headers: dict[str, str] = {}
    began = time.monotonic()

    def took_ms() -> int:
        return int((time.monotonic() - began) * 1000)

    try:
        headers = headers_for(message.endpoint, message.event.public_id, body)
        answer = http_out.post(message.endpoint.url, body, headers, total_s=settings.GRADER_WEBHOOK_TIMEOUT_S)
    except http_out.CallRefused as refused:
        return Tried("refused", headers, error=f"refused: {refused}", duration_ms=took_ms())
    except http_out.CallFailed as failed:
        return Tried(failed.kind, headers, error=str(failed), duration_ms=took_ms())
    kind = kind_of(answer.status)
    head = answer.body.decode("utf-8", "replace").replace("\x00", "")
    came = {name: value.replace("\x00", "") for name, value in list(answer.headers.items())[:40]}
    error = "" if kind == DELIVERED else f"answered {answer.status}"
    return Tried(kind, headers, answer.status, error, came, head, took_ms())


@transaction.atomic
def _settle(message: WebhookMessage, tried: Tried) -> None:
    WebhookDelivery.objects.create(
        message=message,
        status_code=tried.status,
        kind=tried.kind,
        error=tried.error.replace("\x00", "")[:200],
        duration_ms=tried.duration_ms,
        request_headers=tried.sent,
        response_headers=tried.headers,
        response_head=tried.head,
    )
    if tried.delivered:
        _delivered(message)
        return
    endpoint = WebhookEndpoint.objects.filter(pk=message.endpoint_id)
    endpoint.filter(failing_since=None).update(failing_since=Now())
    if tried.rest_s is not None:
        endpoint.update(rest_until=Now() + timedelta(seconds=tried.rest_s))
    gone = tried.kind == "gone" and bool(_switch_off(endpoint))
    mine = WebhookMessage.objects.filter(pk=message.pk, claim=message.claim, state=State.WAITING)
    tries = message.tries + 1
    if gone or message.event.type == PING or tries > len(settings.GRADER_WEBHOOK_RETRY_S):
        mine.update(state=State.GIVEN_UP, tries=tries, held_until=None)
    else:
        wait = timedelta(seconds=retry_wait_s(tries, tried.rest_s))
        mine.update(tries=tries, next_try_at=Now() + wait, held_until=None)


def _switch_off(endpoint: QuerySet[WebhookEndpoint]) -> int:
    """410, Gone: the receiver wants no more."""
    active = endpoint.filter(state=WebhookEndpoint.State.ACTIVE)
    return active.update(
        state=WebhookEndpoint.State.DISABLED, disabled_why=WebhookEndpoint.Why.GONE, state_since=Now(), warned_at=None
    )


def _delivered(message: WebhookMessage) -> None:
    # First the endpoint's row, then the message's, as all who write both: else two of them could wait for each other.
    failing = Q(failing_since__isnull=False) | Q(rest_until__isnull=False)  # by now; another's try may have failed beside ours
    endpoint = WebhookEndpoint.objects.filter(failing, pk=message.endpoint_id)
    endpoint.update(failing_since=None, warned_at=None, rest_until=None)
    # Whoever was first to bring it has brought it, also one whose hold had run out.
    mine = WebhookMessage.objects.filter(pk=message.pk)
    mine.update(state=State.DELIVERED, tries=F("tries") + 1, held_until=None)
    if message.grade_id and message.event.type == "grade.changed":
        _grade_told(message.endpoint_id, message.grade_id, message.event.data)


def _grade_told(endpoint_id: int, grade_id: int, data: dict[str, Any]) -> None:
    """Note the version that the endpoint has now; an older one that comes late changes nothing."""
    version, fields = data["grade_version"], {"score": data["score"] or "", "told_at": Now()}
    row = GradeTold.objects.filter(endpoint=endpoint_id, grade=grade_id)
    if row.filter(version__lte=version).update(version=version, **fields) or row.exists():
        return
    _, created = GradeTold.objects.get_or_create(
        endpoint_id=endpoint_id, grade_id=grade_id, defaults={"version": version, **fields}
    )
    if not created:  # another's first one in the same moment
        row.filter(version__lt=version).update(version=version, **fields)


def retry_wait_s(tries: int, rest_s: float | None = None) -> float:
    """Seconds until the next try after so many, a fifth more or less lest all come at once; a receiver may ask for more."""
    wait = settings.GRADER_WEBHOOK_RETRY_S[tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    return max(wait, rest_s or 0)

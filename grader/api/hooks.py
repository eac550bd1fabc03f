"""Webhook endpoints and messages as the API shows them; what their two resources share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest
from django.utils import timezone
from ninja import Schema
from pydantic import Field, StringConstraints
from pydantic.json_schema import WithJsonSchema

from grader.api.access import endpoints_for
from grader.api.auth import ApiRequest
from grader.api.problems import FieldProblem, Problem, not_found
from grader.api.shapes import Links, link
from grader.events.types import CHOSEN_FROM
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.queries import last_tries
from grader.lms.webhooks.services import EndpointRefused

# What is no event type of ours is refused by the service, with the list of those that are.
Chosen = Annotated[str, StringConstraints(max_length=60), WithJsonSchema({"type": "string", "enum": list(CHOSEN_FROM)})]
Chosens = Annotated[list[Chosen], Field(min_length=1, max_length=50)]
Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x20\x7f]+$"),
    Field(examples=["https://lms.example.org/hook"]),
]
Name = Annotated[str, StringConstraints(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
Lanes = Annotated[int, Field(ge=1, le=4, description="So many messages are sent at once.")]

_POINTERS = {"url": "/url", "events": "/event_types", "concurrency": "/concurrency"}


class EndpointShown(Schema):
    """A receiver. `course` is empty where it hears of the whole site. `state` disabled: by us; `disabled_why` gone (it answered
    410) or failing (for five days). `old_secret_until`: so long the secret before the last rotation signs too.
    """

    id: str
    name: str
    url: str
    event_types: list[str]
    course: str
    concurrency: int
    state: Literal["active", "paused", "disabled"]
    disabled_why: Literal["", "gone", "failing"]
    state_since: datetime
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    links: Links


class EndpointWithSecret(EndpointShown):
    """An endpoint with its secret, which is shown this once: null where the answer is a repeated one (Idempotency-Replayed)."""

    secret: str | None


class TryShown(Schema):
    """One try to deliver, in short. `kind` is `delivered`, or in one word why not; `status_code` null: no answer came."""

    tried_at: datetime
    kind: str
    status_code: int | None
    error: str
    duration_ms: int


class AttemptShown(TryShown):
    """One try to deliver: what was sent beside the body, and what came back, its first 8 KB."""

    request_headers: dict[str, str]
    response_headers: dict[str, str]
    response_head: str


class MessageBrief(Schema):
    """One event for one endpoint. `id` is the webhook-id of every try; `next_try_at` is null unless it waits."""

    id: str
    endpoint: str
    event_type: str
    course: str
    external_user_id: str
    state: Literal["waiting", "delivered", "given_up"]
    tries: int
    happened_at: datetime
    next_try_at: datetime | None
    last_try: TryShown | None
    links: Links


class MessageShown(MessageBrief):
    """A message with what it carries. `body` is the text that is sent, to the byte: the signature is made of it."""

    payload: dict[str, Any]
    body: str


def the_endpoint(request: ApiRequest, endpoint_id: str, *, locked: bool = False) -> WebhookEndpoint:
    """Locked: nobody changes it until the transaction ends."""
    rows = endpoints_for(request.auth).filter(public_id=endpoint_id)
    row = (rows.select_for_update(no_key=True, of=("self",)) if locked else rows).first()
    if row is None:
        raise not_found()
    return row


def refused(why: EndpointRefused) -> Problem:
    errors = [FieldProblem(_POINTERS[field], f"endpoint.{field}", says) for field, says in why.problems.items()]
    return Problem("validation.failed", errors=errors)


def resting(endpoint: WebhookEndpoint) -> Problem:
    return Problem("endpoint.resting", endpoint_state=endpoint.state)


def endpoint_shown(request: HttpRequest, one: WebhookEndpoint) -> EndpointShown:
    here = f"/webhook_endpoints/{one.public_id}"
    old = one.secret_old_until
    return EndpointShown(
        id=one.public_id,
        name=one.name,
        url=one.url,
        event_types=one.event_types,
        course=one.course.slug if one.course else "",
        concurrency=one.concurrency,
        state=cast(Literal["active", "paused", "disabled"], one.state),
        disabled_why=cast(Literal["", "gone", "failing"], one.disabled_why),
        state_since=one.state_since,
        failing_since=one.failing_since,
        old_secret_until=old if old and old > timezone.now() else None,
        created_at=one.created_at,
        links={"self": link(request, here), "messages": link(request, f"{here}/messages")},
    )


def messages_shown(request: HttpRequest, endpoint: WebhookEndpoint, rows: Sequence[WebhookMessage]) -> list[MessageBrief]:
    """One query more, however many."""
    tries = last_tries(rows)
    return [_message(request, endpoint, one, tries.get(one.pk)) for one in rows]


def _message(request: HttpRequest, endpoint: WebhookEndpoint, one: WebhookMessage, last: WebhookDelivery | None) -> MessageBrief:
    here = f"/webhook_endpoints/{endpoint.public_id}/messages/{one.event.public_id}"
    waits = one.state == WebhookMessage.State.WAITING
    return MessageBrief(
        id=one.event.public_id,
        endpoint=endpoint.public_id,
        event_type=one.event.type,
        course=one.event.course_slug,
        external_user_id=str(one.event.data.get("external_user_id", "")),
        state=cast(Literal["waiting", "delivered", "given_up"], one.state),
        tries=one.tries,
        happened_at=one.event.created_at,
        next_try_at=one.next_try_at if waits else None,
        last_try=TryShown(**_try(last)) if last else None,
        links={"self": link(request, here), "attempts": link(request, f"{here}/attempts")},
    )


def attempts_shown(rows: Sequence[WebhookDelivery]) -> list[AttemptShown]:
    return [
        AttemptShown(
            **_try(one),
            request_headers=one.request_headers,
            response_headers=one.response_headers,
            response_head=one.response_head,
        )
        for one in rows
    ]


def _try(one: WebhookDelivery) -> dict[str, Any]:
    return {
        "tried_at": one.tried_at,
        "kind": one.kind,
        "status_code": one.status_code,
        "error": one.error,
        "duration_ms": one.duration_ms,
    }

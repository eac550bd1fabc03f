"""What an endpoint was told, or was not, and why; and telling it again."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from django.db import transaction
from ninja import Query, Schema
from pydantic import Field, StringConstraints

from grader.api.acting import actor
from grader.api.auth import ApiRequest
from grader.api.hooks import (
    AttemptShown,
    MessageBrief,
    MessageShown,
    attempts_shown,
    messages_shown,
    resting,
    the_endpoint,
)
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import not_found
from grader.api.routes import Routes
from grader.api.shapes import External, Moment
from grader.api.tokens import Scope
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks import services
from grader.lms.webhooks.queries import Wanted, deliveries_of, messages_matching
from grader.lms.webhooks.services import EndpointResting
from grader.lms.webhooks.signing import body_of

routes = Routes("Webhooks")
MANAGE = (Scope.WEBHOOKS_MANAGE,)
HERE = "/webhook_endpoints/{public_id:endpoint_id}/messages"
ONE = HERE + "/{public_id:message_id}"


class Filters(Schema):
    state: Literal["", "waiting", "delivered", "given_up"] = ""
    event_type: Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_.]*$")] = ""
    external_user_id: External = ""
    since: Moment | None = Field(None, description="Of events that happened at this moment or later.")
    until: Moment | None = Field(None, description="Of events that happened before this moment.")


@routes.get(HERE, gives=Page[MessageBrief], scopes=MANAGE)
def messages_list(
    request: ApiRequest, endpoint_id: str, paging: Paged, filters: Annotated[Filters, Query()]
) -> Page[MessageBrief]:
    """The messages of an endpoint, newest first, each with how its last try went. They are kept for 30 days."""
    endpoint = the_endpoint(request, endpoint_id)
    rows = messages_matching(endpoint, Wanted(**filters.model_dump()))
    return page_of(rows, paging, lambda some: messages_shown(request, endpoint, some), newest_first=True)


@routes.get(ONE, gives=MessageShown, scopes=MANAGE)
def message_show(request: ApiRequest, endpoint_id: str, message_id: str) -> MessageShown:
    """One message with what it carries."""
    endpoint = the_endpoint(request, endpoint_id)
    message = _message(endpoint, message_id)
    body = body_of(message.event).decode()
    brief = messages_shown(request, endpoint, [message])[0]
    return MessageShown(**brief.model_dump(), payload=json.loads(body), body=body)


@routes.get(f"{ONE}/attempts", gives=Page[AttemptShown], scopes=MANAGE)
def message_attempts(request: ApiRequest, endpoint_id: str, message_id: str, paging: Paged) -> Page[AttemptShown]:
    """Each try to deliver a message, oldest first: when, how long it took, what was answered, or why nothing was."""
    message = _message(the_endpoint(request, endpoint_id), message_id)
    return page_of(deliveries_of(message), paging, attempts_shown)


@routes.post(f"{ONE}/redeliver", gives=MessageBrief, status=200, scopes=MANAGE, takes="", problems=("endpoint.resting",))
def message_redeliver(request: ApiRequest, endpoint_id: str, message_id: str) -> MessageBrief:
    """Send a message now, delivered or not: the same webhook-id, a new timestamp, its retries from the beginning."""
    with transaction.atomic():
        endpoint = the_endpoint(request, endpoint_id, locked=True)
        message = _message(endpoint, message_id)
        try:
            services.message_redeliver(message, by=actor(request))
        except EndpointResting:
            raise resting(endpoint) from None
        return messages_shown(request, endpoint, [_message(endpoint, message_id)])[0]


def _message(endpoint: WebhookEndpoint, message_id: str) -> WebhookMessage:
    message = endpoint.messages.select_related("event").filter(event__public_id=message_id).first()
    if message is None:
        raise not_found()
    message.endpoint = endpoint
    return message

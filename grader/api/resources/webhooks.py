"""Webhook endpoints: who is told of events. What an endpoint is and how it is told, `lms.webhooks` knows.

A token of the whole site makes and sees all of them; one that is limited to courses those of its courses alone. Whoever has the
scope can have every event of these courses sent where they like: it lets a program know as much as the scopes for reading do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import Field

from assignments.models import Course
from grader.api.access import courses_for, endpoints_for, sees_whole_site
from grader.api.acting import actor
from grader.api.auth import ApiRequest
from grader.api.conditional import etag_of, match_required, shown
from grader.api.hooks import (
    Chosens,
    EndpointShown,
    EndpointWithSecret,
    Lanes,
    MessageBrief,
    Name,
    Url,
    endpoint_shown,
    messages_shown,
    refused,
    resting,
    the_endpoint,
)
from grader.api.idempotency import kept_instead
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import wrong_field
from grader.api.routes import Answer, Routes
from grader.api.shapes import Moment, Slug
from grader.api.tokens import Scope
from grader.lms.models import WebhookEndpoint
from grader.lms.webhooks import services
from grader.lms.webhooks.services import EndpointRefused, EndpointResting

routes = Routes("Webhooks")
MANAGE = (Scope.WEBHOOKS_MANAGE,)
HERE = "/webhook_endpoints/{public_id:endpoint_id}"


class EndpointWanted(Schema):
    """A receiver. Without `course` it hears of the whole site, which only a token of the whole site may ask for."""

    url: Url
    event_types: Chosens
    course: Slug = ""
    name: Name = ""
    concurrency: Lanes = 2


class EndpointChange(Schema):
    """What is left out, or null, stays as it is. The course stays always: make another endpoint instead."""

    url: Url | None = None
    event_types: Chosens | None = None
    name: Name | None = None
    concurrency: Lanes | None = None


class Range(Schema):
    """Events since a moment (this included) until another (this not)."""

    since: Moment
    until: Moment
    delivered_too: Annotated[bool, Field(description="False: only what did not arrive.")] = True


class Replayed(Schema):
    """How many messages are sent. At most 20,000 of them are new to the endpoint: for more ask again, `delivered_too` false."""

    messages: int


@routes.post("/webhook_endpoints", gives=EndpointWithSecret, scopes=MANAGE)
def endpoint_create(request: ApiRequest, body: EndpointWanted) -> Answer:
    """Make an endpoint. Its secret is in this answer and in no other.

    It hears of what happens from now on. A repeated request (the same Idempotency-Key) is answered with `secret: null`, since
    the secret is not kept with the answer: if the first answer was lost, rotate the secret.
    """
    course = _course(request, body.course)
    try:
        made = services.endpoint_create(
            url=body.url, events=body.event_types, by=actor(request), course=course, name=body.name, concurrency=body.concurrency
        )
    except EndpointRefused as why:
        raise refused(why) from why
    made.refresh_from_db()
    return _with_secret(request, made, made.secret)


@routes.get("/webhook_endpoints", gives=Page[EndpointShown], scopes=MANAGE)
def endpoints_list(request: ApiRequest, paging: Paged) -> Page[EndpointShown]:
    """The endpoints that this token reaches, without their secrets."""
    return page_of(endpoints_for(request.auth), paging, lambda some: [endpoint_shown(request, one) for one in some])


@routes.get(HERE, gives=EndpointShown, scopes=MANAGE)
def endpoint_show(request: ApiRequest, endpoint_id: str) -> EndpointShown:
    """One endpoint. Its ETag is what If-Match asks for where it is changed."""
    return endpoint_shown(request, the_endpoint(request, endpoint_id))


@routes.patch(HERE, gives=EndpointShown, scopes=MANAGE, matched=True)
def endpoint_update(request: ApiRequest, endpoint_id: str, body: EndpointChange) -> EndpointShown:
    """Change an endpoint's address, events, name or how much is sent to it at once."""
    with transaction.atomic():
        row = the_endpoint(request, endpoint_id, locked=True)
        match_required(request, endpoint_shown(request, row))
        try:
            services.endpoint_update(
                row, by=actor(request), url=body.url, events=body.event_types, name=body.name, concurrency=body.concurrency
            )
        except EndpointRefused as why:
            raise refused(why) from why
        return endpoint_shown(request, the_endpoint(request, endpoint_id))


@routes.delete(HERE, scopes=MANAGE)
def endpoint_delete(request: ApiRequest, endpoint_id: str) -> None:
    """Delete an endpoint: it is called no more, and its secrets are forgotten."""
    with transaction.atomic():
        services.endpoint_delete(the_endpoint(request, endpoint_id, locked=True), by=actor(request))


@routes.post(f"{HERE}/rotate_secret", gives=EndpointWithSecret, status=200, scopes=MANAGE, takes="")
def endpoint_rotate_secret(request: ApiRequest, endpoint_id: str) -> Answer:
    """Give an endpoint a new secret; it is in this answer and in no other.

    For 24 hours each message carries two signatures, by the new secret and by the one before. A repeated request (the same
    Idempotency-Key) is answered with `secret: null`.
    """
    with transaction.atomic():
        secret = services.endpoint_rotate_secret(the_endpoint(request, endpoint_id, locked=True), by=actor(request))
        return _with_secret(request, the_endpoint(request, endpoint_id), secret)


@routes.post(f"{HERE}/ping", gives=MessageBrief, scopes=MANAGE, takes="")
def endpoint_ping(request: ApiRequest, endpoint_id: str) -> Answer:
    """Send an endpoint.ping to this endpoint alone, once, whatever its state and its choice of events.

    Location is the message: its `last_try` says how it went.
    """
    with transaction.atomic():
        row = the_endpoint(request, endpoint_id, locked=True)
        message = services.endpoint_ping(row, by=actor(request))
        message.refresh_from_db()
        told = messages_shown(request, row, [message])[0]
    return Answer(told, {"Location": told.links["self"]})


@routes.post(f"{HERE}/pause", gives=EndpointShown, status=200, scopes=MANAGE, takes="", keyed="optional")
def endpoint_pause(request: ApiRequest, endpoint_id: str) -> EndpointShown:
    """Send nothing to an endpoint until it is resumed. What happens meanwhile is kept for it."""
    return _done(request, endpoint_id, lambda row: services.endpoint_pause(row, by=actor(request)))


@routes.post(f"{HERE}/resume", gives=EndpointShown, status=200, scopes=MANAGE, takes="", keyed="optional")
def endpoint_resume(request: ApiRequest, endpoint_id: str) -> EndpointShown:
    """Send to an endpoint again: also what it missed, and what was given up since it began to fail."""
    return _done(request, endpoint_id, lambda row: services.endpoint_resume(row, by=actor(request)))


@routes.post(f"{HERE}/replay", gives=Replayed, status=200, scopes=MANAGE, problems=("endpoint.resting",))
def endpoint_replay(request: ApiRequest, endpoint_id: str, body: Range) -> Replayed:
    """Send all events of a time once more, also those that the endpoint never had a message of.

    Each keeps its webhook-id, so a receiver that drops what it had is safe.
    """
    if body.until <= body.since:
        raise wrong_field("/until", "range.empty", _("This must be later than since."))
    with transaction.atomic():
        row = the_endpoint(request, endpoint_id, locked=True)
        try:
            number = services.messages_replay(row, body.since, body.until, by=actor(request), delivered_too=body.delivered_too)
        except EndpointResting:
            raise resting(row) from None
    return Replayed(messages=number)


def _course(request: ApiRequest, slug: str) -> Course | None:
    if not slug:
        if sees_whole_site(request.auth):
            return None
        raise wrong_field("/course", "course.missing", _("Name the course: only a token of the whole site leaves it out."))
    course = courses_for(request.auth).filter(slug=slug).first()
    if course is None:
        raise wrong_field("/course", "course.unknown", _("There is no such course, or this token does not reach it."))
    return course


def _done(request: ApiRequest, endpoint_id: str, act: Callable[[WebhookEndpoint], None]) -> EndpointShown:
    with transaction.atomic():
        act(the_endpoint(request, endpoint_id, locked=True))
        return endpoint_shown(request, the_endpoint(request, endpoint_id))


def _with_secret(request: ApiRequest, row: WebhookEndpoint, secret: str) -> Answer:
    """The ETag is that of the endpoint without its secret, so it is good for the next change."""
    plain = endpoint_shown(request, row)
    kept_instead(request, EndpointWithSecret(**plain.model_dump(), secret=None))
    headers = {"ETag": etag_of(shown(plain)), "Location": plain.links["self"], "Cache-Control": "no-store"}
    return Answer(EndpointWithSecret(**plain.model_dump(), secret=secret), headers)

"""The feed of events, for whoever asks instead of being told by webhook."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from ninja import Query, Schema
from pydantic import Field

from grader.api.access import courses_for, has_scope
from grader.api.auth import ApiRequest
from grader.api.feed import events_settled
from grader.api.models import ApiToken
from grader.api.paging import MOST, decoded
from grader.api.problems import Problem, wrong_field
from grader.api.routes import Routes
from grader.api.shapes import Slug
from grader.api.tokens import Scope
from grader.events.models import Event
from grader.events.types import CHOSEN_FROM

routes = Routes("Events")

ABOUT_WORK = ("submission.", "run.")  # what else happens is about grades


class EventShown(Schema):
    """What a webhook carries, with the same id: an event that came both ways is one event."""

    id: str
    type: str
    timestamp: datetime
    course: str
    data: dict[str, Any]


class Feed(Schema):
    """Events in order. Keep `next_cursor`, also of an empty answer, and begin with it next time."""

    data: list[EventShown]
    next_cursor: str
    has_more: bool


class Wanted(Schema):
    cursor: Annotated[str, Field(max_length=40, description="`next_cursor` of the answer before.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100
    type: Annotated[str, Field(max_length=400, description="Only these types, separated by commas.")] = ""
    course: Slug = ""


@routes.get("/events", gives=Feed, scopes=(Scope.GRADES_READ, Scope.SUBMISSIONS_READ))
def events_list(request: ApiRequest, wanted: Annotated[Wanted, Query()]) -> Feed:
    """What happened in this token's courses, in order; a few seconds late, so that nothing is missed.

    Events about submissions and runs need the scope submissions:read, those about grades, reviews and extensions grades:read.
    """
    after = _read(wanted.cursor)
    courses = set(courses_for(request.auth).values_list("slug", flat=True))
    if wanted.course:
        courses &= {wanted.course}
    rows = list(events_settled(_types(request.auth, wanted.type), courses).filter(pk__gt=after)[: wanted.limit + 1])
    here = rows[: wanted.limit]
    return Feed(
        data=[_shown(one) for one in here],
        next_cursor=_written(here[-1].pk if here else after),
        has_more=len(rows) > wanted.limit,
    )


def types_for(token: ApiToken) -> list[str]:
    """Types of events that this token may read."""
    work, grades = has_scope(token, Scope.SUBMISSIONS_READ), has_scope(token, Scope.GRADES_READ)
    return [name for name in CHOSEN_FROM if (work if name.startswith(ABOUT_WORK) else grades)]


def _types(token: ApiToken, words: str) -> list[str]:
    asked = [word.strip() for word in words.split(",") if word.strip()]
    if unknown := sorted(set(asked) - set(CHOSEN_FROM)):
        raise wrong_field("?type", "event.unknown_type", ", ".join(unknown))
    return [name for name in types_for(token) if not asked or name in asked]


def _shown(one: Event) -> EventShown:
    return EventShown(id=one.public_id, type=one.type, timestamp=one.created_at, course=one.course_slug, data=one.data)


def _written(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def _read(cursor: str) -> int:
    try:
        text = decoded(cursor).decode("ascii")
    except (ValueError, binascii.Error):
        raise Problem("cursor.invalid") from None
    if (text and not text.isdigit()) or len(text) > 18:
        raise Problem("cursor.invalid")
    return int(text or 0)

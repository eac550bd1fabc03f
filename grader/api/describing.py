"""What the schema says of a route beyond its own answer: every problem that may come, with an example, and the headers."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from ninja import Schema
from pydantic import Field

from grader.api.declared import Route
from grader.api.kinds import KINDS, Kind

ALWAYS = ("not_acceptable", "internal", "unavailable")
BEHIND_THE_DOOR = ("token.missing", "token.invalid", "token.expired", "token.revoked", "rate.limited")


class FieldError(Schema):
    """What is wrong with one field."""

    pointer: str = Field(description="A JSON pointer into the body, or `?name` for a parameter or header.")
    code: str
    detail: str


class ProblemShown(Schema):
    """A problem as RFC 9457 has it; `code` is stable, the texts are in the language of Accept-Language."""

    type: str = Field(description="The page that explains this problem.")
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[FieldError] | None = None


def problems_of(route: Route) -> tuple[str, ...]:
    """Codes of all problems that this route may answer with."""
    found = [*ALWAYS]
    if not route.open_to_all:
        found += BEHIND_THE_DOOR
    if route.scopes:
        found.append("scope.missing")
    if "{" in route.path:
        found.append("not_found")
    if route.takes:
        found += ["bad_request", "media_type.unsupported", "too_large"]
    if route.takes or route.method == "GET":
        found.append("validation.failed")
    if route.keyed:
        found += ["idempotency.in_flight", "idempotency.other_body", "validation.failed"]
    if route.keyed == "required":
        found.append("idempotency.key_missing")
    if route.matched:
        found.append("precondition.failed")
    if route.matched is True:
        found.append("precondition.required")
    if route.retiring:
        found.append("route.retired")
    if route.gives is not None and "next_cursor" in route.gives.model_fields:
        found.append("cursor.invalid")
    return tuple(dict.fromkeys([*found, *route.problems]))


def responses_of(route: Route) -> dict[str, Any]:
    """For the schema: what ninja adds to an operation."""
    by_status: dict[int, list[Kind]] = {}
    for code in problems_of(route):
        by_status.setdefault(KINDS[code].status, []).append(KINDS[code])
    responses: dict[Any, Any] = {status: _response(kinds) for status, kinds in sorted(by_status.items())}
    if route.method == "GET":
        responses[304] = {"description": "Not Modified: the ETag is the one in If-None-Match."}
    parameters = [_header("Accept-Language", "ru or en: the language of sentences.", example="en")]
    if route.keyed:
        parameters.append(
            _header("Idempotency-Key", "A random name of this request; repeat it when you repeat the request.", route.keyed)
        )
    if route.matched:
        parameters.append(
            _header("If-Match", "The ETag of the object as you have seen it.", "required" if route.matched is True else "")
        )
    if route.method == "GET":
        parameters.append(_header("If-None-Match", "An ETag that you have: 304 where it is still the same."))
    extra: dict[str, Any] = {"responses": responses, "parameters": parameters}
    if route.scopes:
        extra["x-scopes"] = [str(scope) for scope in route.scopes]
    return extra


def _header(name: str, says: str, required: str = "", *, example: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "maxLength": 255, "pattern": "^[!-~]*$"}
    made = {"in": "header", "name": name, "description": says, "required": required == "required", "schema": schema}
    return made | ({"example": example} if example else {})


def _response(kinds: list[Kind]) -> dict[str, Any]:
    with translation.override("en"):
        examples = {kind.code: {"summary": str(kind.title), "value": _example(kind)} for kind in kinds}
        says = "; ".join(f"`{kind.code}`: {kind.title}" for kind in kinds)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShown"}, "examples": examples}}
    return {"description": says, "content": content}


def _example(kind: Kind) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": f"/api/v1/docs/problems/{kind.code}/",
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(kind.mend),
        "instance": "/api/v1/…",
        "code": kind.code,
        "request_id": "req_0123456789abcdefghjkmnpqrs",
    }
    if kind.code == "validation.failed":
        made["errors"] = [{"pointer": "/external_user_id", "code": "field.missing", "detail": "This field is required."}]
    return made

"""The schema that /api/v1/openapi.json serves: what ninja makes of the routes, with problems, headers and webhooks beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.utils import translation
from pydantic.json_schema import models_json_schema

from grader.api.describing import FieldError, ProblemShown
from grader.api.tokens import Scope
from grader.api.v1 import VERSION, api
from grader.events.types import EVENT_TYPES

ROOT = "/api/v1"
REFS = "#/components/schemas/{model}"
# What stands in an address, by the end of its name.
SLUG: dict[str, Any] = {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$", "maxLength": 60}
EXTERNAL: dict[str, Any] = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]+$", "minLength": 1, "maxLength": 255}
PUBLIC_ID: dict[str, Any] = {"type": "string", "pattern": "^[a-z]{3}_[0-9a-z]{1,40}$"}
ABOUT = """REST API of the homework grader.

Show a token with each request: `Authorization: Bearer …`. Errors are `application/problem+json` with a stable `code`;
sentences are in the language of `Accept-Language` (ru, en). Scores are decimal strings, moments RFC 3339 in UTC, ids opaque.
Within v1 fields and routes are only added; ignore what you do not know.
"""
HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-Id": ("The id of this request: yours, if you sent one.", "req_…"),
    "ETag": ("The digest of what is shown, the same for every token.", '"9f86d081…"'),
    "RateLimit-Policy": ("How many requests a minute this token has.", '"token";q=600;w=60'),
    "RateLimit": ("How many are left, and for how many seconds.", '"token";r=599;t=42'),
}


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The whole document, of plain values. Routes don't change while a process lives."""
    with translation.override("en"):
        made: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=""))
    made["info"] |= {"version": VERSION, "description": ABOUT, "license": {"name": "MIT", "identifier": "MIT"}}
    made["servers"] = [{"url": ROOT}]
    _, problems = models_json_schema([(ProblemShown, "serialization"), (FieldError, "serialization")], ref_template=REFS)
    made["components"]["schemas"] |= problems["$defs"]
    made["components"]["securitySchemes"] = {"Bearer": {"type": "http", "scheme": "bearer", "description": _scopes()}}
    made["components"]["headers"] = {
        name: {"description": says, "schema": {"type": "string"}, "example": example} for name, (says, example) in HEADERS.items()
    }
    for _path, _method, operation in operations(made):
        _finish(operation)
    made["webhooks"] = {name: {"post": _webhook(name)} for name in EVENT_TYPES}
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _scopes() -> str:
    return "A token of this site. Scopes: " + ", ".join(f"`{scope}`" for scope in Scope) + "; `admin` holds all the others."


def _finish(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            parameter["schema"] = _shape(parameter["name"])
    for status, response in operation["responses"].items():
        names = ["X-Request-Id"] if int(status) >= 400 else list(HEADERS)
        response.setdefault("headers", {}).update({name: {"$ref": f"#/components/headers/{name}"} for name in names})
    operation["responses"] = {str(status): operation["responses"][status] for status in sorted(operation["responses"], key=int)}
    scopes = operation.pop("x-scopes", None)
    if "security" in operation:
        operation["security"] = [{"Bearer": scopes or []}]
        if scopes:
            operation["x-scopes"] = scopes


def _shape(name: str) -> dict[str, Any]:
    if name == "external_user_id":
        return EXTERNAL
    return PUBLIC_ID if name.endswith("_id") else SLUG


def _webhook(name: str) -> dict[str, Any]:
    kind = EVENT_TYPES[name]
    body = {key: value for key, value in kind.schema().items() if key != "$schema"}
    return {
        "operationId": "webhook_" + name.replace(".", "_"),
        "summary": kind.says,
        "tags": ["Webhooks to you"],
        "description": "Signed by Standard Webhooks 1.0. Answer 2xx within 15 s; the same webhook-id may come again.",
        "parameters": [
            {"in": "header", "name": header, "required": True, "schema": {"type": "string"}, "description": says}
            for header, says in (
                ("webhook-id", "The event's id, the same for every try."),
                ("webhook-timestamp", "Unix seconds of this try."),
                ("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several by spaces."),
            )
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "Taken. Anything else is tried again; 410 ends it."}},
    }

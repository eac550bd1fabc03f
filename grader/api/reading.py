"""The schema as a page shows it: routes under headings, each with its parameters, its body and its answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.api.declared import ALL, Route
from grader.api.describing import problems_of
from grader.api.kinds import KINDS, Kind
from grader.api.openapi import operations, schema
from grader.api.summaries import HEADINGS, SUMMARIES


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body or an answer."""

    name: str
    where: str
    type: str
    required: bool
    says: str


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    summary: str
    says: str
    scopes: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    media_type: str
    status: int
    answer: tuple[Field, ...]
    problems: tuple[Kind, ...]
    deprecated: bool
    keyed: str


def headings() -> dict[str, list[Operation]]:
    """Operations by heading, in the order of the resources."""
    document, routes = schema(), {route.name: route for route in ALL}
    found: dict[str, list[Operation]] = {}
    for path, method, operation in operations(document):
        route = routes[operation["operationId"]]
        heading = operation["tags"][0]
        found.setdefault(str(HEADINGS.get(heading, heading)), []).append(_operation(document, route, path, method, operation))
    return found


def _operation(document: dict[str, Any], route: Route, path: str, method: str, operation: dict[str, Any]) -> Operation:
    contents = operation.get("requestBody", {}).get("content", {})
    media_type: str = next(iter(contents), "")
    content: dict[str, Any] = contents.get(media_type, {})
    answers = operation["responses"].get(str(route.status), {}).get("content", {})
    answer: dict[str, Any] = next((one["schema"] for one in answers.values()), {})
    summary, _, rest = operation.get("description", "").partition("\n")
    return Operation(
        name=route.name,
        method=method.upper(),
        path=path,
        summary=str(SUMMARIES.get(route.name, summary or operation["summary"])),
        says=rest.strip(),
        scopes=tuple(str(scope) for scope in route.scopes),
        parameters=tuple(_parameter(one) for one in operation["parameters"]),
        body=tuple(_fields(document, content.get("schema", {}), "body")),
        media_type=media_type,
        status=route.status,
        answer=tuple(_fields(document, answer, "answer")),
        problems=tuple(KINDS[code] for code in problems_of(route)),
        deprecated=route.retiring is not None,
        keyed=route.keyed,
    )


def _parameter(one: dict[str, Any]) -> Field:
    return Field(one["name"], one["in"], _type(one["schema"]), one.get("required", False), one.get("description", ""))


def _fields(document: dict[str, Any], shape: dict[str, Any], where: str) -> Iterator[Field]:
    shape = _resolved(document, shape)
    required = shape.get("required", [])
    for name, field in shape.get("properties", {}).items():
        yield Field(name, where, _type(field), name in required, field.get("description", ""))


def _resolved(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    ref = shape.get("$ref", "")
    return document["components"]["schemas"][ref.rsplit("/", 1)[-1]] if ref else shape


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"]).rsplit("/", 1)[-1]
    if "enum" in shape:
        return " | ".join(str(value) for value in shape["enum"])
    if "anyOf" in shape:
        return " | ".join(dict.fromkeys(_type(one) for one in shape["anyOf"]))
    if shape.get("type") == "array":
        return f"[{_type(shape.get('items', {}))}]"
    return str(shape.get("format") or shape.get("type") or "any")

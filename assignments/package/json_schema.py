"""JSON Schema of `course.yaml`, `assignment.yaml` and `exceptions.yaml`, made from the same dataclasses that the loader reads by.

Published in docs/reference/schema/, so that an editor completes keys and marks what does not fit while a teacher types. The
loader stays the judge: it also sees that keys, options, files and texts agree, which a schema cannot.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from assignments.package.convert import Both, Raw
from assignments.package.explained import ExplainedFile
from assignments.package.schema import AssignmentFile, CheckFile, CourseFile
from grader import catalogue
from grader.checks import KINDS
from grader.checks.registry import Kind

_PLAIN = {str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"}}
_BOTH = {
    "type": "object",
    "description": "A text in both languages. Markdown; quotes around a text with a comma.",
    "properties": {"ru": {"type": "string"}, "en": {"type": "string"}},
    "required": ["ru", "en"],
    "additionalProperties": False,
}
_HEAD = {"$schema": "http://json-schema.org/draft-07/schema#"}
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """The schema of each file, by the name that it is published under."""
    return {
        "course.json": _document(CourseFile, "course.yaml"),
        "assignment.json": _document(AssignmentFile, "assignment.yaml"),
        "exceptions.json": _HEAD | {"title": "exceptions.yaml", "type": "array", "items": _record(ExplainedFile, {})},
    }


def written(schema: Schema) -> str:
    """The text of a published file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _document(cls: type, name: str) -> Schema:
    used: dict[str, Schema] = {}
    body = _record(cls, used)
    return _HEAD | {"title": name} | body | ({"definitions": dict(sorted(used.items()))} if used else {})


def _record(cls: type, used: dict[str, Schema], also: Schema | None = None, required: tuple[str, ...] = ()) -> Schema:
    """An object whose keys are the dataclass's fields; those that the loader fills itself are left out."""
    hints = typing.get_type_hints(cls)
    fields = [one for one in dataclasses.fields(cls) if one.metadata.get("from") not in ("line", "widget.options")]
    needed = [one.name for one in fields if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING]
    schema: Schema = {
        "type": "object",
        "properties": (also or {}) | {one.name: _field(one, hints[one.name], used) for one in fields},
        "additionalProperties": False,
    }
    if cls.__doc__:
        schema["description"] = " ".join(cls.__doc__.split())
    if needed or required:
        schema["required"] = [*required, *needed]
    return schema


def _field(one: dataclasses.Field[Any], annotation: Any, used: dict[str, Schema]) -> Schema:
    folder = one.metadata.get("from")
    if folder:
        return {"type": "string", "pattern": f"^{folder}/", "description": f"A file below {folder}/."}
    schema = _value(annotation, used)
    if one.default is not dataclasses.MISSING and isinstance(one.default, (str, int, float, bool)):
        schema = {**schema, "default": one.default}
    return schema


def _value(annotation: Any, used: dict[str, Schema]) -> Schema:
    origin = get_origin(annotation)
    if annotation is Raw:
        return _check(used)
    if annotation is Both:
        return _named("text", _BOTH, used)
    if dataclasses.is_dataclass(annotation):
        assert isinstance(annotation, type)
        return _named(annotation.__name__.removesuffix("File").lower(), lambda: _record(annotation, used), used)
    if isinstance(annotation, types.UnionType) or origin is typing.Union:
        (inner,) = [arg for arg in get_args(annotation) if arg is not types.NoneType]
        return _value(inner, used)
    if origin is Literal:
        return {"enum": list(get_args(annotation))}
    if origin is tuple:
        return {"type": "array", "items": _value(get_args(annotation)[0], used)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _value(get_args(annotation)[1], used)}
    return dict(_PLAIN[annotation])


def _named(name: str, schema: Schema | typing.Callable[[], Schema], used: dict[str, Schema]) -> Schema:
    """A definition, made once."""
    if name not in used:
        used[name] = {}
        used[name] = schema if isinstance(schema, dict) else schema()
    return {"$ref": f"#/definitions/{name}"}


def _check(used: dict[str, Schema]) -> Schema:
    """A check is read by the parameters of its kind, which its `kind` names."""
    kinds = [_named(f"check.{name}", lambda kind=kind: _kind(kind, used), used) for name, kind in sorted(KINDS.items())]  # type: ignore[misc]
    known = {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": sorted(KINDS)}}}
    by_kind = [
        {"if": {"properties": {"kind": {"const": name}}, "required": ["kind"]}, "then": ref}
        for name, ref in zip(sorted(KINDS), kinds, strict=True)
    ]
    return _named("check", {**known, "allOf": by_kind}, used)


def _kind(kind: Kind, used: dict[str, Schema]) -> Schema:
    common = _record(CheckFile, used)["properties"]
    title = catalogue.render(f"kind.{kind.name}", {}, "en")
    return {"title": title, **_record(kind.params, used, also={**common, "kind": {"const": kind.name}}, required=("kind",))}

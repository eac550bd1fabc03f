"""From a YAML tree to frozen dataclasses, by their annotations, with a line for everything that does not fit."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NewType, cast, get_args, get_origin

from assignments.package.problems import Problems, did_you_mean
from assignments.package.tree import Fields, Items, Node, Scalar, read

Both = NewType("Both", Mapping[str, str])  # a text in every language
Raw = NewType("Raw", object)  # a tree that somebody else reads
BAD: Any = object()  # what could not be converted; the problem is noted

_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _said(value: Any) -> str:
    return "nothing" if value is None else f'"{value}"' if isinstance(value, str) else str(value).lower()


class Converter:
    """Converts the nodes of one file. `folder` is where paths in it start."""

    def __init__(self, file: Path, problems: Problems, folder: Path | None = None) -> None:
        self.file, self.problems, self.folder = file, problems, folder or file.parent

    def bad(self, line: int, sentence: str) -> Any:
        self.problems.add(self.file, line, sentence)
        return BAD

    def record(self, node: Node, cls: type, what: str, given: Mapping[str, Any] | None = None, also: tuple[str, ...] = ()) -> Any:
        """An instance of the dataclass `cls`. `given` fields are ours, `also` names keys that somebody else reads."""
        if not isinstance(node, Fields):
            return self.bad(node.line, f"{what} must be a mapping of names to values.")
        hints = typing.get_type_hints(cls)
        ours = {one.name for one in dataclasses.fields(cls) if one.metadata.get("from") in ("line", "widget.options")}
        known = [one for one in dataclasses.fields(cls) if one.name not in ours]
        names = {one.name for one in known} | set(also)
        for key in node.fields:
            if key not in names:
                self.bad(node.lines[key], f'{what} has no "{key}".{did_you_mean(key, names)}')
        values = dict(given or {})
        if "line" in ours:
            values["line"] = node.line
        complete = True
        for one in known:
            if one.name in node.fields:
                values[one.name] = self._field(node.fields[one.name], one, hints[one.name], f'"{one.name}" of {what}')
            elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING and one.name not in values:
                self.bad(node.line, f'{what} needs "{one.name}".')
                complete = False
        if not complete or any(value is BAD for value in values.values()):
            return BAD
        try:
            return cls(**values)
        except ValueError as trouble:
            return self.bad(node.line, f"{what}: {trouble}.")

    def _field(self, node: Node, one: dataclasses.Field[Any], annotation: Any, what: str) -> Any:
        folder = one.metadata.get("from")
        return self._from_file(node, annotation, what, folder) if folder else self.value(node, annotation, what)

    def _from_file(self, node: Node, annotation: Any, what: str, folder: str) -> Any:
        """The value stands in a file of its own below `folder`: what is hidden has its own place in a package."""
        path = self.value(node, str, what)
        if path is BAD:
            return BAD
        if not path.startswith(folder + "/") or ".." in Path(path).parts:
            return self.bad(node.line, f"{what} must name a file below {folder}/, not {_said(path)}.")
        other = Converter(self.folder / path, self.problems)
        tree = read(other.file, self.problems)
        return BAD if tree is None else other.value(tree, annotation, Path(path).name)

    def value(self, node: Node, annotation: Any, what: str) -> Any:
        """The node as `annotation` says, or BAD with the problem noted."""
        origin = get_origin(annotation)
        if annotation is Raw:
            return node
        if annotation is Both:
            return self._both(node, what)
        if dataclasses.is_dataclass(annotation):
            return self.record(node, cast(type, annotation), what)
        if isinstance(annotation, types.UnionType) or origin is typing.Union:
            return self._optional(node, annotation, what)
        if origin is Literal:
            return self._literal(node, get_args(annotation), what)
        if origin is tuple:
            return self._items(node, get_args(annotation)[0], what)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(node, get_args(annotation)[1], what)
        return self._scalar(node, annotation, what)

    def _optional(self, node: Node, annotation: Any, what: str) -> Any:
        (inner,) = [arg for arg in get_args(annotation) if arg is not types.NoneType]
        return None if isinstance(node, Scalar) and node.value is None else self.value(node, inner, what)

    def _both(self, node: Node, what: str) -> Any:
        if not isinstance(node, Fields) or set(node.fields) != {"ru", "en"}:
            split = isinstance(node, Fields) and {"ru", "en"} < set(node.fields)
            comma = " Put a text that holds a comma in quotes." if split else ""
            return self.bad(node.line, f"{what} must be given in both languages: ru and en, nothing else.{comma}")
        texts = {key: self.value(value, str, f"{what} ({key})") for key, value in node.fields.items()}
        return BAD if any(text is BAD for text in texts.values()) else texts

    def _literal(self, node: Node, words: tuple[Any, ...], what: str) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if value in words and isinstance(node, Scalar):
            return value
        said = _said(value) if isinstance(node, Scalar) else "a list or a mapping"
        return self.bad(node.line, f"{what} is {said}.{did_you_mean(str(value), map(str, words))}")

    def _items(self, node: Node, inner: Any, what: str) -> Any:
        if not isinstance(node, Items):
            return self.bad(node.line, f"{what} must be a list.")
        items = tuple(self.value(item, inner, f"item {at} of {what}") for at, item in enumerate(node.items, 1))
        return BAD if BAD in items else items

    def _mapping(self, node: Node, inner: Any, what: str) -> Any:
        if not isinstance(node, Fields):
            return self.bad(node.line, f"{what} must be a mapping of names to values.")
        values = {key: self.value(value, inner, f'"{key}" of {what}') for key, value in node.fields.items()}
        return BAD if any(value is BAD for value in values.values()) else values

    def _scalar(self, node: Node, annotation: Any, what: str) -> Any:
        word = _WORDS[annotation]
        if not isinstance(node, Scalar):
            return self.bad(node.line, f"{what} must be {word}.")
        value = node.value
        if annotation is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not annotation:
            quotes = " Put it in quotes." if annotation is str and value is not None else ""
            return self.bad(node.line, f"{what} must be {word}, not {_said(value)}.{quotes}")
        if isinstance(value, float) and not math.isfinite(value):
            return self.bad(node.line, f"{what} must be a finite number.")
        if isinstance(value, str) and not value.strip():
            return self.bad(node.line, f"{what} is empty.")
        return value

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
from grader import catalogue
from grader.catalogue import render
from grader.catalogue.values import Shown, told

Both = NewType("Both", Mapping[str, str])  # a text in every language
Raw = NewType("Raw", object)  # a tree that somebody else reads
BAD: Any = object()  # what could not be converted; the problem is noted

_WORDS = {str: "part.text", int: "part.whole_number", float: "part.number", bool: "part.boolean"}


def _said(value: Any) -> Shown:
    return told("part.nothing") if value is None else f'"{value}"' if isinstance(value, str) else str(value).lower()


def _key(name: str, what: Shown) -> Shown:
    return told("part.key", name=name, what=what)


class Converter:
    """Converts the nodes of one file. `folder` is where paths in it start."""

    def __init__(self, file: Path, problems: Problems, folder: Path | None = None) -> None:
        self.file, self.problems, self.folder = file, problems, folder or file.parent

    def bad(self, line: int, code: str, /, **values: Shown) -> Any:
        self.problems.add(self.file, line, code, **values)
        return BAD

    def record(
        self, node: Node, cls: type, what: Shown, given: Mapping[str, Any] | None = None, also: tuple[str, ...] = ()
    ) -> Any:
        """An instance of the dataclass `cls`. `given` fields are ours, `also` names keys that somebody else reads."""
        if not isinstance(node, Fields):
            return self.bad(node.line, "package.not_a_mapping", what=what)
        hints = typing.get_type_hints(cls)
        ours = {one.name for one in dataclasses.fields(cls) if one.metadata.get("from") in ("line", "widget.options")}
        known = [one for one in dataclasses.fields(cls) if one.name not in ours]
        names = {one.name for one in known} | set(also)
        for key in node.fields:
            if key not in names:
                self.bad(node.lines[key], "package.no_such_key", what=what, key=key, near=did_you_mean(key, names))
        values = dict(given or {})
        if "line" in ours:
            values["line"] = node.line
        complete = True
        for one in known:
            if one.name in node.fields:
                values[one.name] = self._field(node.fields[one.name], one, hints[one.name], _key(one.name, what))
            elif one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING and one.name not in values:
                self.bad(node.line, "package.needs_key", what=what, key=one.name)
                complete = False
        if not complete or any(value is BAD for value in values.values()):
            return BAD
        try:
            return cls(**values)
        except ValueError as trouble:
            return self.bad(node.line, "package.unfit", what=what, trouble=_trouble(trouble))

    def _field(self, node: Node, one: dataclasses.Field[Any], annotation: Any, what: Shown) -> Any:
        folder = one.metadata.get("from")
        return self._from_file(node, annotation, what, folder) if folder else self.value(node, annotation, what)

    def _from_file(self, node: Node, annotation: Any, what: Shown, folder: str) -> Any:
        """The value stands in a file of its own below `folder`: what is hidden has its own place in a package."""
        path = self.value(node, str, what)
        if path is BAD:
            return BAD
        if not path.startswith(folder + "/") or ".." in Path(path).parts:
            return self.bad(node.line, "package.other_folder", what=what, folder=folder, said=_said(path))
        other = Converter(self.folder / path, self.problems)
        tree = read(other.file, self.problems)
        return BAD if tree is None else other.value(tree, annotation, Path(path).name)

    def value(self, node: Node, annotation: Any, what: Shown) -> Any:
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

    def _optional(self, node: Node, annotation: Any, what: Shown) -> Any:
        (inner,) = [arg for arg in get_args(annotation) if arg is not types.NoneType]
        return None if isinstance(node, Scalar) and node.value is None else self.value(node, inner, what)

    def _both(self, node: Node, what: Shown) -> Any:
        if not isinstance(node, Fields) or set(node.fields) != {"ru", "en"}:
            split = isinstance(node, Fields) and {"ru", "en"} < set(node.fields)
            comma = told("package.comma_quotes") if split else ""
            return self.bad(node.line, "package.both_languages", what=what, comma=comma)
        texts = {key: self.value(value, str, told("part.in_language", what=what, lang=key)) for key, value in node.fields.items()}
        return BAD if any(text is BAD for text in texts.values()) else texts

    def _literal(self, node: Node, words: tuple[Any, ...], what: Shown) -> Any:
        value = node.value if isinstance(node, Scalar) else None
        if value in words and isinstance(node, Scalar):
            return value
        said = _said(value) if isinstance(node, Scalar) else told("part.list_or_mapping")
        near = did_you_mean(str(value), map(str, words))
        return self.bad(node.line, "package.no_such_word", what=what, said=said, near=near)

    def _items(self, node: Node, inner: Any, what: Shown) -> Any:
        if not isinstance(node, Items):
            return self.bad(node.line, "package.not_a_list", what=what)
        items = tuple(self.value(item, inner, told("part.item", at=at, what=what)) for at, item in enumerate(node.items, 1))
        return BAD if BAD in items else items

    def _mapping(self, node: Node, inner: Any, what: Shown) -> Any:
        if not isinstance(node, Fields):
            return self.bad(node.line, "package.not_a_mapping", what=what)
        values = {key: self.value(value, inner, _key(key, what)) for key, value in node.fields.items()}
        return BAD if any(value is BAD for value in values.values()) else values

    def _scalar(self, node: Node, annotation: Any, what: Shown) -> Any:
        word = told(_WORDS[annotation])
        if not isinstance(node, Scalar):
            return self.bad(node.line, "package.wrong_type", what=what, word=word)
        value = node.value
        if annotation is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not annotation:
            quotes = told("package.quotes") if annotation is str and value is not None else ""
            return self.bad(node.line, "package.other_type", what=what, word=word, said=_said(value), quotes=quotes)
        if isinstance(value, float) and not math.isfinite(value):
            return self.bad(node.line, "package.not_finite", what=what)
        if isinstance(value, str) and not value.strip():
            return self.bad(node.line, "package.nothing_in_it", what=what)
        return value


def _trouble(trouble: ValueError) -> Shown:
    """What a kind says of its parameters: checks know no catalogue, so theirs are known by their English sentence."""
    said = str(trouble)
    return next(
        (told(code) for code in catalogue.codes("en") if code.startswith("unfit.") and render(code, {}, "en") == said), said
    )

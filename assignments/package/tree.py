"""YAML as a tree that knows its lines. Only plain data: no tags, no anchors, no key twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assignments.package.problems import Problems
from grader.catalogue.values import Shown, Told, told

_DEEPEST = 20
_LARGEST = 2 * 2**20  # bytes
_USUAL = {  # how PyYAML begins to say it
    "mapping values are not allowed": "yaml.colon",
    "could not find expected ':'": "yaml.no_colon",
    "found character '\\t'": "yaml.tab",
    "expected <block end>": "yaml.indent",
    "found unexpected end of stream": "yaml.not_closed",
    "expected ',' or": "yaml.not_closed",
    "expected the node content": "yaml.not_closed",
}


@dataclass(frozen=True)
class Scalar:
    """A text, number, truth value or nothing."""

    line: int
    value: str | int | float | bool | None


@dataclass(frozen=True)
class Items:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Fields:
    """A mapping; `lines` says where each key stands."""

    line: int
    fields: dict[str, Node]
    lines: dict[str, int]


Node = Scalar | Items | Fields


def read(file: Path, problems: Problems) -> Node | None:
    """The tree of a YAML file; None, with a problem noted, where there is none."""
    try:
        raw = file.read_bytes()
        if len(raw) > _LARGEST:
            problems.add(file, 1, "package.file_too_large", size=len(raw), most=_LARGEST)
            return None
        root = yaml.compose(raw.decode("utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        problems.add(file, 1, "package.file_missing")
        return None
    except UnicodeDecodeError:
        problems.add(file, 1, "package.not_utf8")
        return None
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        problems.add(file, mark.line + 1 if mark else 1, "package.not_yaml", trouble=_trouble(trouble))
        return None
    except RecursionError:
        problems.add(file, 1, "package.too_deep", most=_DEEPEST)
        return None
    if root is None:
        problems.add(file, 1, "package.file_empty")
        return None
    return _Reader(file, problems).node(root, 0)


def _trouble(trouble: yaml.YAMLError) -> Told:
    """The usual ones in words of ours; of the others, what the library says."""
    said = str(getattr(trouble, "problem", None) or trouble)
    return next((told(code) for start, code in _USUAL.items() if said.startswith(start)), told("yaml.other", said=said))


class _Reader:
    """Turns composed YAML nodes into ours. An alias composes to a node that was seen before, which is refused."""

    def __init__(self, file: Path, problems: Problems) -> None:
        self.file, self.problems = file, problems
        self.seen: set[int] = set()
        self.scalars = yaml.SafeLoader("")

    def node(self, node: yaml.Node, depth: int) -> Node | None:
        line = node.start_mark.line + 1
        if id(node) in self.seen:
            return self.refuse(line, "package.alias")
        self.seen.add(id(node))
        if depth > _DEEPEST:
            return self.refuse(line, "package.too_deep", most=_DEEPEST)
        if isinstance(node, yaml.MappingNode):
            return self._fields(node, line, depth)
        if isinstance(node, yaml.SequenceNode):
            items = [self.node(item, depth + 1) for item in node.value]
            return Items(line, tuple(item for item in items if item is not None))
        return self._scalar(node, line)

    def _fields(self, node: yaml.MappingNode, line: int, depth: int) -> Fields:
        fields: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, at = str(key_node.value), key_node.start_mark.line + 1
            if key in fields:
                self.problems.add(self.file, at, "package.key_twice", key=key, line=lines[key])
                continue
            value = self.node(value_node, depth + 1)
            if value is not None:
                fields[key], lines[key] = value, at
        return Fields(line, fields, lines)

    def _scalar(self, node: yaml.Node, line: int) -> Node | None:
        tags = ("str", "int", "float", "bool", "null")
        if node.tag not in {f"tag:yaml.org,2002:{tag}" for tag in tags}:
            if node.tag != "tag:yaml.org,2002:timestamp":
                return self.refuse(line, "package.tag", tag=str(node.tag))
            return Scalar(line, str(node.value))
        try:
            return Scalar(line, self.scalars.construct_object(node))
        except (yaml.YAMLError, ValueError):
            return self.refuse(line, "package.no_value", value=str(node.value))

    def refuse(self, line: int, code: str, /, **values: Shown) -> Node | None:
        self.problems.add(self.file, line, code, **values)
        return None


def plain(node: Node) -> Any:
    """The tree as plain Python data, without its lines."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.fields.items()}


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    below = node.items if isinstance(node, Items) else tuple(node.fields.values()) if isinstance(node, Fields) else ()
    for item in below:
        yield from walk(item)

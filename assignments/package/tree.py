"""YAML as a tree that knows its lines. Only plain data: no tags, no anchors, no key twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assignments.package.problems import Problems

_DEEPEST = 20
_LARGEST = 2 * 2**20  # bytes


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
            problems.add(file, 1, f"The file has {len(raw)} bytes, more than {_LARGEST}.")
            return None
        root = yaml.compose(raw.decode("utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        problems.add(file, 1, "The file is missing.")
        return None
    except UnicodeDecodeError:
        problems.add(file, 1, "The file is not UTF-8. Save it as UTF-8.")
        return None
    except yaml.YAMLError as trouble:
        mark = getattr(trouble, "problem_mark", None)
        problems.add(file, mark.line + 1 if mark else 1, f"This is not YAML: {getattr(trouble, 'problem', None) or trouble}.")
        return None
    except RecursionError:
        problems.add(file, 1, f"This is nested deeper than {_DEEPEST} levels.")
        return None
    if root is None:
        problems.add(file, 1, "The file is empty.")
        return None
    return _Reader(file, problems).node(root, 0)


class _Reader:
    """Turns composed YAML nodes into ours. An alias composes to a node that was seen before, which is refused."""

    def __init__(self, file: Path, problems: Problems) -> None:
        self.file, self.problems = file, problems
        self.seen: set[int] = set()
        self.scalars = yaml.SafeLoader("")

    def node(self, node: yaml.Node, depth: int) -> Node | None:
        line = node.start_mark.line + 1
        if id(node) in self.seen:
            return self.refuse(line, "Anchors and aliases (& and *) are not used here. Write the value out.")
        self.seen.add(id(node))
        if depth > _DEEPEST:
            return self.refuse(line, f"This is nested deeper than {_DEEPEST} levels.")
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
                self.problems.add(self.file, at, f'"{key}" stands twice, first in line {lines[key]}. Keep one.')
                continue
            value = self.node(value_node, depth + 1)
            if value is not None:
                fields[key], lines[key] = value, at
        return Fields(line, fields, lines)

    def _scalar(self, node: yaml.Node, line: int) -> Node | None:
        tags = ("str", "int", "float", "bool", "null")
        if node.tag not in {f"tag:yaml.org,2002:{tag}" for tag in tags}:
            if node.tag != "tag:yaml.org,2002:timestamp":
                return self.refuse(line, f"The tag {node.tag} is not used here.")
            return Scalar(line, str(node.value))
        try:
            return Scalar(line, self.scalars.construct_object(node))
        except (yaml.YAMLError, ValueError):
            return self.refuse(line, f'"{node.value}" cannot be read.')

    def refuse(self, line: int, sentence: str) -> Node | None:
        self.problems.add(self.file, line, sentence)
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

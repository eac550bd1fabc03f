"""A notebook's code as syntax trees, and how one thing in it is changed."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

Family = frozenset[str]
Edit = Callable[[Any], ast.AST | None]  # changes the node in place (None), or gives another for its place
N = TypeVar("N", bound=ast.AST)


@dataclass(frozen=True)
class Notebook:
    """Code cells' sources and, where Python can read them, their trees. `document` is the notebook as JSON text."""

    document: str
    code: tuple[str, ...]
    trees: tuple[ast.Module | None, ...] = field(compare=False)

    @classmethod
    def read(cls, raw: bytes) -> Notebook:
        document = raw.decode("utf-8")
        code = tuple("".join(cell["source"]) for cell in json.loads(document)["cells"] if cell["cell_type"] == "code")
        return cls(document, code, tuple(_parsed(source) for source in code))

    def parsed(self) -> Iterator[tuple[int, ast.Module]]:
        """Cells that are plain Python, counted from 0; a cell with a magic is left as it is."""
        return ((at, tree) for at, tree in enumerate(self.trees) if tree is not None)

    def with_code(self, code: tuple[str, ...]) -> bytes:
        """The notebook with other sources in its code cells."""
        document = json.loads(self.document)
        sources = iter(code)
        for cell in document["cells"]:
            if cell["cell_type"] == "code":
                cell["source"], cell["outputs"], cell["execution_count"] = next(sources), [], None
        return json.dumps(document, ensure_ascii=False).encode()

    def mutant(self, operator: str, what: str, family: Family, changed: dict[int, ast.Module], line: int = 0) -> Mutant:
        """The notebook with other trees in some cells, by their number from 0; `line` is told, of the reference's cell."""
        code = tuple(_written(changed[at]) if at in changed else source for at, source in enumerate(self.code))
        where = ", ".join(str(at + 1) for at in sorted(changed)) + (f" line {line}" if line else "")
        return Mutant(operator, f"cell {where}: {what}", family, code, self.with_code(code))


@dataclass(frozen=True)
class Mutant:
    """One notebook with one thing wrong, and the families of checks that are to notice it."""

    operator: str
    what: str
    family: Family
    code: tuple[str, ...]
    notebook: bytes = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        return f"{self.operator}: {self.what}"


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _written(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree))


def every(
    notebook: Notebook,
    kind: type[N],
    wanted: Callable[[N], bool],
    edit: Edit,
    operator: str,
    say: Callable[[N], str],
    family: Family,
) -> Iterator[Mutant]:
    """A mutant for each node of `kind` that is `wanted`, changed by `edit` in a copy of its cell."""
    for at, tree in notebook.parsed():
        for place, node in enumerate(ast.walk(tree)):
            if isinstance(node, kind) and wanted(node):
                line = int(getattr(node, "lineno", 0))
                yield notebook.mutant(operator, say(node), family, {at: edited(tree, place, edit)}, line)


def edited(tree: ast.Module, place: int, edit: Edit) -> ast.Module:
    """A copy of the tree in which `edit` has changed the node that `ast.walk` comes to as number `place`."""
    other = copy.deepcopy(tree)
    node = next(one for at, one in enumerate(ast.walk(other)) if at == place)
    new = edit(node)
    if new is not None:
        _put(other, node, new)
    return other


def _put(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


def called(node: ast.AST | None) -> str:
    """The last name of what is called: `layers.Dense(10)` is a `Dense`; empty for anything but a call by name."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def keyword(call: ast.Call, *names: str) -> ast.keyword | None:
    return next((one for one in call.keywords if one.arg in names), None)


def expression(source: str) -> Any:
    return ast.parse(source, mode="eval").body


def told(node: ast.AST, longest: int = 60) -> str:
    """A node in a line."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"

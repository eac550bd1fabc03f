"""`exceptions.yaml` of an assignment: what exceptions of its notebooks mean, in the teacher's own words.

Not needed; the usual ones are explained anyway (grader/catalogue/exceptions.yaml), and an assignment's own come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]  # what `re` itself parses with; nothing public tells a pattern's shape
from typing import Any

from assignments.package.convert import BAD, Converter
from assignments.package.problems import Problems
from assignments.package.tree import Items, read
from grader.catalogue.exceptions import Explained
from grader.catalogue.values import told

NAME = "exceptions.yaml"
MOST_REPEATS = 3


@dataclass(frozen=True)
class ExplainedFile:
    """One entry: the exception's name, what its text says (a regular expression), and what that means in both languages."""

    exception: str
    ru: str
    en: str
    line: int = field(metadata={"from": "line"})
    says: str = ""


def read_explained(folder: Path, problems: Problems) -> tuple[Explained, ...]:
    """The entries in their order; none where there is no such file."""
    file = folder / NAME
    if not file.exists():
        return ()
    tree = read(file, problems)
    if tree is None:
        return ()
    if not isinstance(tree, Items):
        problems.add(file, tree.line, "package.list_of_exceptions")
        return ()
    converter = Converter(file, problems)
    entries = [converter.record(item, ExplainedFile, told("part.entry")) for item in tree.items]
    return tuple(made for entry in entries if entry is not BAD and (made := _explained(entry, file, problems)))


def _explained(entry: ExplainedFile, file: Path, problems: Problems) -> Explained | None:
    try:
        says = re.compile(entry.says)
    except re.error as trouble:
        problems.add(file, entry.line, "package.not_a_pattern", at=(trouble.pos or 0) + 1)
        return None
    if _slow(entry.says):
        problems.add(file, entry.line, "package.slow_pattern")
        return None
    for lang, sentence in (("ru", entry.ru), ("en", entry.en)):
        unknown = set(re.findall(r"\{(\w+)", sentence)) - set(says.groupindex)
        if unknown:
            problems.add(file, entry.line, "package.no_group", lang=lang, name=min(unknown))
    return Explained((entry.exception,), says, sentence={"ru": entry.ru, "en": entry.en})


def _slow(pattern: str) -> bool:
    """Whether matching may take more than cubic time. A page waits for it, and whoever wrote it only teaches one course."""
    found = [0]

    def walk(items: Any, inside: bool) -> bool:
        for operation, argument in items:
            name = str(operation)
            if name in ("GROUPREF", "GROUPREF_EXISTS"):
                return True
            repeats = name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and argument[1] > 1
            found[0] += repeats
            if (repeats and inside) or any(walk(part, inside or repeats) for part in _parts(argument)):
                return True
        return False

    return walk(_parser.parse(pattern), False) or found[0] > MOST_REPEATS


def _parts(argument: Any) -> Iterator[Any]:
    """The patterns below one step of a parsed pattern."""
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for one in argument:
            yield from _parts(one)

"""`exceptions.yaml` of an assignment: what exceptions of its notebooks mean, in the teacher's own words.

Not needed; the usual ones are explained anyway (grader/catalogue/exceptions.yaml), and an assignment's own come first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from assignments.package.convert import BAD, Converter
from assignments.package.problems import Problems
from assignments.package.tree import Items, read
from grader.catalogue.exceptions import Explained

NAME = "exceptions.yaml"


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
        problems.add(file, tree.line, "It must be a list of entries, each with exception, says, ru and en.")
        return ()
    converter = Converter(file, problems)
    entries = [converter.record(item, ExplainedFile, "An entry") for item in tree.items]
    return tuple(made for entry in entries if entry is not BAD and (made := _explained(entry, file, problems)))


def _explained(entry: ExplainedFile, file: Path, problems: Problems) -> Explained | None:
    try:
        says = re.compile(entry.says)
    except re.error as trouble:
        problems.add(file, entry.line, f'"says" is no regular expression: {trouble}.')
        return None
    for lang, sentence in (("ru", entry.ru), ("en", entry.en)):
        unknown = set(re.findall(r"\{(\w+)", sentence)) - set(says.groupindex)
        if unknown:
            name = min(unknown)
            problems.add(file, entry.line, f'"{lang}" shows {{{name}}}, but "says" has no group (?P<{name}>…).')
    return Explained((entry.exception,), says, sentence={"ru": entry.ru, "en": entry.en})

"""Errors in a package, all of them at once, each with file, line and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from grader.catalogue import say
from grader.catalogue.values import Shown, Told, told


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line of one file."""

    file: Path
    line: int
    told: Told

    def sentence(self, lang: str) -> str:
        return say(self.told, lang)

    def said(self, lang: str) -> str:
        return f"{self.file}:{self.line}: {self.sentence(lang)}"

    def __str__(self) -> str:
        return self.said("en")


class PackageErrors(Exception):
    """A package that cannot be used, with everything that is wrong with it; as a text, in English, as commands print it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Problems:
    """Collects what is wrong while a package is read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: Path, line: int, code: str, /, **values: Shown) -> None:
        self.found.append(Problem(file, line, told(code, **values)))

    def raise_if_any(self) -> None:
        if self.found:
            raise PackageErrors(sorted(self.found, key=lambda one: (str(one.file), one.line)))


def did_you_mean(word: str, known: Iterable[str]) -> Shown:
    """`Did you mean "runtime"?`, or the known words where none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return told("package.did_you_mean", word=near[0])
    return told("package.known", words=tuple(words)) if words else ""

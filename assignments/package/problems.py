"""Errors in a package, all of them at once, each with file, line and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One sentence about one line of one file."""

    file: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class PackageErrors(Exception):
    """A package that cannot be used, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Problems:
    """Collects what is wrong while a package is read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: Path, line: int, sentence: str) -> None:
        self.found.append(Problem(file, line, sentence))

    def raise_if_any(self) -> None:
        if self.found:
            raise PackageErrors(sorted(self.found, key=lambda one: (str(one.file), one.line)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean "runtime"?`, or the known words where none is near."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f' Did you mean "{near[0]}"?'
    return f" Known: {', '.join(words)}." if words else ""

"""Mutants that are rightly as good as the reference, each with the reason: derived, or from `equivalents.yaml` of the assignment.

- mutant: "layer removed: cell 4 line 5: without layers.Dropout(*)"     # `*` stands for anything
  because: The task leaves regularisation free.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assignments.package.convert import BAD, Converter
from assignments.package.problems import Problems
from assignments.package.tree import Items, read
from grader.catalogue.values import told
from worker.course_check.cases import Case

FILE = "equivalents.yaml"


@dataclass(frozen=True)
class Explained:
    """One entry of the file."""

    mutant: str
    because: str

    def fits(self, case: Case) -> bool:
        return re.fullmatch(re.escape(self.mutant).replace(r"\*", ".*"), case.name) is not None


@dataclass(frozen=True)
class Equivalents:
    """The entries of an assignment's file, in order."""

    entries: tuple[Explained, ...] = ()

    def why(self, case: Case) -> str:
        """Why this mutant may earn full points; empty where there is no reason."""
        task = next((task for task in case.package.tasks if task.id == case.task), None)
        if case.role == "answer" and case.name.endswith(" empty") and task and not task.widget.required:
            return "The field may stay empty: the notebook earns the points."
        return next((one.because for one in self.entries if one.fits(case)), "")

    def unused(self, cases: Sequence[Case]) -> list[str]:
        return [one.mutant for one in self.entries if not any(one.fits(case) for case in cases)]


def of(folder: Path) -> Equivalents:
    """Read the assignment's file; none is as good as an empty one.

    Raises:
        PackageErrors: it is not of that shape.
    """
    file, problems = folder / FILE, Problems()
    if not file.is_file():
        return Equivalents()
    tree, converter = read(file, problems), Converter(file, problems)
    if tree is not None and not isinstance(tree, Items):
        problems.add(file, tree.line, "package.list_of_mutants")
    found = [converter.record(node, Explained, told("part.entry")) for node in (tree.items if isinstance(tree, Items) else ())]
    problems.raise_if_any()
    return Equivalents(tuple(one for one in found if one is not BAD))

"""Notebooks with one thing wrong, made from a reference by its syntax tree. Start with `edit.py`; `made` is the way in.

An operator is a function from a notebook's trees to mutants. Each says which family of checks is to notice it:

    structure    how a model is built          predictions  how well it does
    values       what the notebook computed    typed        what was typed beside it
"""

from __future__ import annotations

from collections.abc import Iterator

from assignments.package.values import AssignmentPackage
from worker.course_check.mutants import layers, training, values
from worker.course_check.mutants.edit import Mutant, Notebook
from worker.course_check.mutants.training import shortened

__all__ = ["Mutant", "Notebook", "made", "shortened"]


def made(package: AssignmentPackage, reference: bytes) -> Iterator[Mutant]:
    """Every mutant of the reference that some check of the package could notice, each other notebook once."""
    notebook = Notebook.read(reference)
    seen = {notebook.code}
    operators = [*layers.OPERATORS, *training.OPERATORS] if package.collect_models else []
    for operator in [*operators, *values.operators_for(package)]:
        for mutant in operator(notebook):
            if mutant.code not in seen:
                seen.add(mutant.code)
                yield mutant

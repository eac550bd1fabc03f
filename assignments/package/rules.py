"""What must agree between the parts of an assignment: widgets and keys, checks and what the run collects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assignments.package.problems import Problems, did_you_mean
from assignments.package.schema import AssignmentFile, TaskFile
from assignments.package.specs import Placed
from grader.catalogue.values import Shown, told
from grader.checks import KINDS
from grader.checks.values import CheckSpec

_WITH_OPTIONS = ("choice", "choices", "matching", "sequence")


def check_assignment(declared: AssignmentFile, specs: Mapping[str, Sequence[Placed]], file: Path, problems: Problems) -> None:
    """Note every disagreement. `specs` holds, by task, the checks that could be read, with their lines."""
    ids = [task.id for task in declared.tasks]
    for task in declared.tasks:
        if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,19}", task.id):
            problems.add(file, task.line, "package.task_id", task=task.id)
        if ids.count(task.id) > 1:
            problems.add(file, task.line, "package.task_twice", task=task.id)
        _check_widget(task, file, problems)
        placed = specs.get(task.id, ())
        _check_judges(task, [spec for spec, _ in placed], declared, file, problems)
        for spec, line in placed:
            where = told("part.task_check", task=task.id, kind=spec.kind)
            _check_spec(spec, task, where, declared, file, line, problems)
            _check_other(spec, task, where, declared, file, line, problems)
            _check_key(spec, task, where, file, line, problems)
    if declared.attempts is not None and declared.attempts < 1:
        problems.add(file, declared.line, "package.attempts", attempts=declared.attempts)


def _check_widget(task: TaskFile, file: Path, problems: Problems) -> None:
    answer = task.answer
    if answer.kind in ("choice", "choices", "matching") and len(answer.options) < 2:
        problems.add(file, answer.line, "package.few_options", kind=answer.kind)
    if answer.options and answer.kind not in _WITH_OPTIONS:
        problems.add(file, answer.line, "package.no_options", kind=answer.kind)
    if bool(answer.rows) != (answer.kind == "matching"):
        problems.add(file, answer.line, "package.rows")
    for some in (answer.options, answer.rows):
        for attribute in ("id", "ru", "en"):
            words = [getattr(one, attribute) for one in some]
            for word in sorted({word for word in words if words.count(word) > 1}):
                problems.add(file, answer.line, "package.same_word", attribute=attribute, word=word)


def needs_notebook(specs: Sequence[CheckSpec]) -> bool:
    """Whether any of the checks looks at what a notebook left."""
    return any(KINDS[spec.kind].takes_model or "evidence" in KINDS[spec.kind].needs.values() for spec in specs)


def _check_judges(task: TaskFile, specs: list[CheckSpec], declared: AssignmentFile, file: Path, problems: Problems) -> None:
    widget = task.answer.kind
    if specs and widget != "none" and not any(widget in KINDS[spec.kind].judges for spec in specs):
        wanted = tuple(sorted(name for name, kind in KINDS.items() if widget in kind.judges))
        problems.add(file, task.line, "package.no_judge", task=task.id, widget=widget, wanted=wanted)
    if needs_notebook(specs) and declared.notebook == "none":
        problems.add(file, task.line, "package.no_notebook_to_see", task=task.id)


def _check_spec(
    spec: CheckSpec, task: TaskFile, where: Shown, declared: AssignmentFile, file: Path, line: int, problems: Problems
) -> None:
    widget = task.answer.kind
    if KINDS[spec.kind].judges and widget not in KINDS[spec.kind].judges:
        problems.add(file, line, "package.cannot_judge", where=where, widget=widget)
    if KINDS[spec.kind].needs_model and not declared.collect_models:
        problems.add(file, line, "package.needs_models", where=where)
    if spec.kind in ("accuracy", "measured_answer") and not declared.dataset:
        problems.add(file, line, "package.needs_images", where=where)
    if spec.kind == "measured_answer" and not declared.collect_models:
        problems.add(file, line, "package.needs_models", where=where)
    below = getattr(spec.params, "below", None)
    if below is not None and below <= spec.params.at_least:
        edges = {"at_least": str(spec.params.at_least), "below": str(below)}  # as they stand in the file
        problems.add(file, line, "package.bounds", where=where, **edges)


def _check_other(
    spec: CheckSpec, task: TaskFile, where: Shown, declared: AssignmentFile, file: Path, line: int, problems: Problems
) -> None:
    """`other_than` pairs two tasks of the assignment; a check that is no gate would leave the other checks' points."""
    named = getattr(spec.params, "other_than", "")
    if not named:
        return
    others = [one.id for one in declared.tasks if one.id != task.id]
    if named not in others:
        problems.add(file, line, "package.no_other_task", where=where, named=named, near=did_you_mean(named, others))
    if not spec.gate:
        problems.add(file, line, "package.other_gate", where=where)


def _check_key(spec: CheckSpec, task: TaskFile, where: Shown, file: Path, line: int, problems: Problems) -> None:
    """Keys and hints name options and rows that exist."""
    options, rows = [one.id for one in task.answer.options], [one.id for one in task.answer.rows]
    right: Any = getattr(spec.params, "right", ())
    hints = getattr(spec.params, "hints", {})
    if spec.kind == "matching":
        named = [("package.unknown_option", word, options) for word in right.values()]
        named += [("package.unknown_row", word, rows) for word in [*right, *hints]]
        for row in sorted(set(rows) - set(right)):
            problems.add(file, line, "package.row_unsaid", where=where, row=row)
    else:
        named = [("package.unknown_option", word, options) for word in ([right] if isinstance(right, str) else right) if options]
        places = [str(place) for place in range(1, len(right) + 1)]
        hinted = ("package.unknown_place", places) if spec.kind == "sequence" else ("package.unknown_option", options)
        named += [(hinted[0], word, hinted[1]) for word in hints]
    for code, word, known in named:
        if word not in known:
            problems.add(file, line, code, where=where, word=word, near=did_you_mean(word, known))
    for slip in getattr(spec.params, "slips", {}):
        if not re.fullmatch(r"-?\d+(\.\d+)?", slip):
            problems.add(file, line, "package.slip", where=where, slip=slip)
    if spec.kind == "choices" and (not right or not set(options) - set(right)):
        problems.add(file, line, "package.right_and_wrong", where=where)

"""What must agree between the parts of an assignment: widgets and keys, checks and what the run collects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assignments.package.problems import Problems, did_you_mean
from assignments.package.schema import AssignmentFile, TaskFile
from assignments.package.values import Task
from grader.checks import KINDS
from grader.checks.values import CheckSpec

_JUDGES = {  # widget kind -> check kinds that can judge it
    "choice": {"choice"},
    "choices": {"choices"},
    "matching": {"matching"},
    "sequence": {"sequence"},
    "number": {"number", "typed_accuracy", "typed_count"},
    "text": {"text"},
    "expression": {"expression"},
    "none": set(),
}
_WITH_OPTIONS = ("choice", "choices", "matching", "sequence")


def check_assignment(declared: AssignmentFile, tasks: Iterable[Task], file: Path, problems: Problems) -> None:
    """Note every disagreement. `tasks` are those that could be read."""
    ids = [task.id for task in declared.tasks]
    for task in declared.tasks:
        if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,19}", task.id):
            problems.add(file, task.line, f'"{task.id}" is no task id: letters, digits, dots and dashes, at most 20.')
        if ids.count(task.id) > 1:
            problems.add(file, task.line, f"Task {task.id} stands twice. Each id may stand once.")
        _check_widget(task, file, problems)
    for read in tasks:
        line = next(task.line for task in declared.tasks if task.id == read.id)
        for spec in read.spec.checks:
            _check_spec(spec, read, declared, file, line, problems)
    if declared.attempts is not None and declared.attempts < 1:
        problems.add(file, declared.line, f"attempts is {declared.attempts}; it must be at least 1, or left out for no limit.")


def _check_widget(task: TaskFile, file: Path, problems: Problems) -> None:
    answer = task.answer
    if answer.kind in ("choice", "choices", "matching") and len(answer.options) < 2:
        problems.add(file, answer.line, f"A {answer.kind} needs at least two options.")
    if answer.options and answer.kind not in _WITH_OPTIONS:
        problems.add(file, answer.line, f"A {answer.kind} has no options.")
    if bool(answer.rows) != (answer.kind == "matching"):
        problems.add(file, answer.line, "Rows belong to a matching, and a matching needs rows.")
    for some in (answer.options, answer.rows):
        for attribute in ("id", "ru", "en"):
            words = [getattr(one, attribute) for one in some]
            for word in sorted({word for word in words if words.count(word) > 1}):
                problems.add(file, answer.line, f'Two options or rows have the same {attribute} "{word}". Each must differ.')


def _check_spec(spec: CheckSpec, task: Task, declared: AssignmentFile, file: Path, line: int, problems: Problems) -> None:
    kind, where = KINDS[spec.kind], f'Task {task.id}: check "{spec.kind}"'
    judges_widget = any(one.kind in _JUDGES[task.widget.kind] for one in task.spec.checks)
    if task.widget.kind != "none" and not judges_widget and spec is task.spec.checks[0]:
        wanted = ", ".join(sorted(_JUDGES[task.widget.kind]))
        problems.add(file, line, f"Task {task.id}: nothing judges the typed {task.widget.kind}. Add a check of kind {wanted}.")
    if spec.kind in set().union(*_JUDGES.values()) - _JUDGES[task.widget.kind]:
        problems.add(file, line, f"{where} cannot judge an answer of kind {task.widget.kind}.")
    if task.needs_notebook and declared.notebook == "none" and spec is task.spec.checks[0]:
        problems.add(file, line, f"Task {task.id} looks at the notebook, but the assignment says notebook: none.")
    if kind.needs_model and not declared.collect_models:
        problems.add(file, line, f"{where} needs caught models. Say collect_models: true.")
    if spec.kind == "accuracy" and not declared.dataset:
        problems.add(file, line, f"{where} needs hidden images. Say dataset: fashion_mnist.")
    below = getattr(spec.params, "below", None)
    if below is not None and below <= spec.params.at_least:
        problems.add(
            file, line, f"{where} has at_least {spec.params.at_least} and below {below}. No score can meet both; swap them."
        )
    _check_key(spec, task, where, file, line, problems)


def _check_key(spec: CheckSpec, task: Task, where: str, file: Path, line: int, problems: Problems) -> None:
    """Keys and hints name options and rows that exist."""
    options, rows = [one.id for one in task.widget.options], [one.id for one in task.widget.rows]
    right: Any = getattr(spec.params, "right", ())
    hints = getattr(spec.params, "hints", {})
    if spec.kind == "matching":
        named = [("option", word, options) for word in right.values()]
        named += [("row", word, rows) for word in [*right, *hints]]
        for row in sorted(set(rows) - set(right)):
            problems.add(file, line, f'{where} says nothing of the row "{row}".')
    else:
        named = [("option", word, options) for word in ([right] if isinstance(right, str) else right) if options]
        named += [("option", word, options) for word in hints]
    for what, word, known in named:
        if word not in known:
            problems.add(file, line, f'{where} names the {what} "{word}", which does not exist.{did_you_mean(word, known)}')
    if spec.kind == "choices" and (not right or not set(options) - set(right)):
        problems.add(file, line, f"{where} needs at least one right and one wrong option.")

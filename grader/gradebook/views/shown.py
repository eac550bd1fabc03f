"""From rows to what a reader sees: verdicts become sentences in their language, with the texts of the run's own package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assignments.package.values import AssignmentPackage, Option, Task
from grader import catalogue
from grader.submissions.models import CheckResult, Run, TaskResult
from grader.submissions.templatetags.words import in_language, language

PREPARED = {
    "unit": "preparation.unit",
    "raw": "preparation.raw",
    "signed": "preparation.signed",
    "standard": "preparation.standard",
    "mnist": "preparation.mnist",
    "centred": "preparation.centred",
    "pixels": "preparation.pixels",
}


@dataclass(frozen=True)
class CheckShown:
    """One check in words. `hint` is empty where its task says the same."""

    state: str
    label: str
    sentence: str
    hint: str
    points: Decimal
    max_points: Decimal


@dataclass(frozen=True)
class TaskShown:
    """One task's verdict in words."""

    id: str
    title: str
    state: str
    points: Decimal
    max_points: Decimal
    sentence: str
    hint: str
    candidate: str
    preparation: str  # how images were scaled for that model
    answer: str
    checks: tuple[CheckShown, ...]


def tasks_shown(run: Run, package: AssignmentPackage, answers: Mapping[str, Any]) -> list[TaskShown]:
    """Verdicts of a run, whose `tasks` and their `checks` are prefetched."""
    asked = {task.id: task for task in package.tasks}
    return [_task(row, asked.get(row.task), answers.get(row.task)) for row in run.tasks.all()]


def run_sentence(run: Run, package: AssignmentPackage) -> str:
    """What happened when the notebook ran, empty where all went well or nothing ran."""
    return catalogue.render(run.run_code, run.run_values, language(), explained=package.explained) if run.run_code else ""


def notes_shown(run: Run, *, to_teachers: bool = False) -> list[str]:
    """What was adapted for this run; to teachers instead what they may want to look at, which its student does not read."""
    notes = [note for note in run.notes if note[0].startswith("teacher.") is to_teachers]
    return [catalogue.render(code, values, language()) for code, values in notes]


def _task(row: TaskResult, task: Task | None, raw: Any) -> TaskShown:
    extra = task.messages if task else {}
    hint = _say(row.hint, row.values, extra)
    return TaskShown(
        id=row.task,
        title=in_language(task.title) if task else "",
        state=row.status,
        points=row.points,
        max_points=row.max_points,
        sentence=_say(row.code, row.values, extra),
        hint=hint,
        candidate=row.candidate,
        preparation=_preparation(row),
        answer=answer_in_words(task, raw) if task else "",
        checks=tuple(_check(check, number, task, hint) for number, check in enumerate(row.checks.all())),
    )


def _preparation(row: TaskResult) -> str:
    """In words, of the first check that measured something."""
    named = (PREPARED.get(str(check.values.get("preparation"))) for check in row.checks.all())
    code = next((name for name in named if name), "")
    return _say(code, {}, {})


def _check(row: CheckResult, number: int, task: Task | None, said: str) -> CheckShown:
    extra = task.messages if task else {}
    hint = _say(row.hint, row.values, extra)
    return CheckShown(
        state=row.outcome,
        label=_label(row.kind, number, task),
        sentence=_say(row.code, row.values, extra),
        hint="" if hint == said else hint,
        points=row.points,
        max_points=row.max_points,
    )


def _label(kind: str, number: int, task: Task | None) -> str:
    code = f"kind.{kind}"
    if code in catalogue.codes(language()):
        return catalogue.render(code, {}, language())
    declared = task.spec.checks[number].label if task and number < len(task.spec.checks) else ""
    return declared or kind


def _say(code: str, values: Mapping[str, Any], extra: Mapping[str, Mapping[str, str]]) -> str:
    return catalogue.render(code, values, language(), extra=extra) if code else ""


def answer_in_words(task: Task, raw: Any) -> str:
    """What the student typed, with options by their texts."""
    options, rows = task.widget.options, task.widget.rows
    if isinstance(raw, dict):
        return "; ".join(f"{_named(rows, left)} = {_named(options, right)}" for left, right in raw.items())
    if isinstance(raw, list):
        return "; ".join(_named(options, item) for item in raw)
    return _named(options, raw) if raw else ""


def _named(options: Iterable[Option], wanted: object) -> str:
    return next((in_language(option.text) for option in options if option.id == wanted), str(wanted))

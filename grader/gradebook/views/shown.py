"""From rows to what a reader sees: verdicts become sentences in their language, with the texts of the run's own package."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assignments.package.values import AssignmentPackage, Option, Task
from grader import catalogue
from grader.gradebook.views.models_shown import report_of
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


# Who says what a check found, by its kind: never the notebook.
MEASURED: dict[str, str | Promise] = {
    "accuracy": _("Measured by us: the model was rebuilt from its weights and shown images that your notebook never had."),
    "asked": _("Asked by us: the model could not be rebuilt, so your notebook ran once more and was asked what it predicts."),
    "public": _("Measured by us: the model was rebuilt from its weights and shown images of the data set."),
    "architecture": _("Read by us from the model, rebuilt from its weights."),
    "convolutional": _("Read by us from the model, rebuilt from its weights."),
    "parameter_count": _("Counted by us in the model, rebuilt from its weights."),
    "typed_accuracy": _("What you typed, compared with what we measured."),
    "typed_count": _("What you typed, compared with the key."),
    "measured_answer": _("What you typed, compared with what we measured."),
    "rerun_value": _("Your notebook was run again by us on other numbers, and the results were compared."),
    "expression": _("Your line was run by us on tensors that you have not seen."),
}
TYPED = _("What you typed, compared with the key.")


@dataclass(frozen=True)
class Distance:
    """How far a measured accuracy is from its threshold. A threshold counts as met one deviation of the sampling below it."""

    measured: float
    bound: float
    passes_at: float
    images: int
    right: int
    more_to_bound: int
    more_to_pass: int

    @property
    def met(self) -> bool:
        return self.more_to_pass == 0

    @property
    def bar(self) -> int:
        """Of the picture's 600, which stand for 0.5 to 1."""
        return _drawn(self.measured)

    @property
    def mark(self) -> int:
        return _drawn(self.bound)


@dataclass(frozen=True)
class CheckShown:
    """One check in words. `hint` is empty where its task says the same."""

    state: str
    label: str
    sentence: str
    hint: str
    points: Decimal
    max_points: Decimal
    measured_by: str | Promise = ""


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
    asked: Mapping[str, str]  # the task's text by language, Markdown
    distance: Distance | None = None

    @property
    def measured_by(self) -> list[str | Promise]:
        """Who found what its points hang on, each said once."""
        return list(dict.fromkeys(check.measured_by for check in self.checks if check.measured_by))


def tasks_shown(run: Run, package: AssignmentPackage, answers: Mapping[str, Any]) -> list[TaskShown]:
    """Verdicts of a run, whose `tasks` and their `checks` are prefetched."""
    known = {task.id: task for task in package.tasks}
    asked = {task for model in report_of(run).models if not model.rebuilt for task in model.tasks}
    return [_task(row, known.get(row.task), answers.get(row.task), asked=row.task in asked) for row in run.tasks.all()]


def run_sentence(run: Run, package: AssignmentPackage) -> str:
    """What happened when the notebook ran, empty where all went well or nothing ran."""
    return catalogue.render(run.run_code, run.run_values, language(), explained=package.explained) if run.run_code else ""


def notes_shown(run: Run, *, to_teachers: bool = False) -> list[str]:
    """What was adapted for this run; to teachers instead what they may want to look at, which its student does not read."""
    notes = [note for note in run.notes if note[0].startswith("teacher.") is to_teachers]
    return [catalogue.render(code, values, language()) for code, values in notes]


def _task(row: TaskResult, task: Task | None, raw: Any, *, asked: bool) -> TaskShown:
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
        checks=tuple(
            _check(check, task, hint, _measured_by(check, number, task, asked=asked), number)
            for number, check in enumerate(row.checks.all())
        ),
        asked=task.text if task else {},
        distance=next((found for check in row.checks.all() if (found := distance_of(check))), None),
    )


def _drawn(share: float) -> int:
    return round(600 * min(1.0, max(0.0, 2 * share - 1)))


def distance_of(check: CheckResult) -> Distance | None:
    """Of a check of accuracy that has a lower bound."""
    values = check.values
    measured, bound, images = values.get("measured"), values.get("bound"), values.get("images")
    if check.kind != "accuracy" or check.code == "accuracy.above" or not images:
        return None
    if not isinstance(measured, float | int) or not isinstance(bound, float | int) or not isinstance(images, int):
        return None
    passes_at = bound - math.sqrt(max(0.0, bound * (1 - bound)) / images)  # as grader.checks.kinds.accuracy has it
    right = round(measured * images)

    def more(wanted: float) -> int:
        return max(0, math.ceil(wanted * images - 1e-6) - right)

    return Distance(measured, bound, passes_at, images, right, more(bound), more(passes_at))


def _preparation(row: TaskResult) -> str:
    """In words, of the first check that measured something."""
    named = (PREPARED.get(str(check.values.get("preparation"))) for check in row.checks.all())
    code = next((name for name in named if name), "")
    return _say(code, {}, {})


def _check(row: CheckResult, task: Task | None, said: str, by: str | Promise, number: int) -> CheckShown:
    extra = task.messages if task else {}
    hint = _say(row.hint, row.values, extra)
    return CheckShown(
        state=row.outcome,
        label=_label(row.kind, number, task),
        sentence=_say(row.code, row.values, extra),
        hint="" if hint == said else hint,
        points=row.points,
        max_points=row.max_points,
        measured_by=by,
    )


def _measured_by(row: CheckResult, number: int, task: Task | None, *, asked: bool) -> str | Promise:
    if row.outcome in ("not_judged", "error"):
        return ""
    if row.kind == "accuracy":
        params = task.spec.checks[number].params if task and number < len(task.spec.checks) else None
        public = getattr(params, "split", "held_out") != "held_out"
        return MEASURED["asked" if asked else "public" if public else "accuracy"]
    return MEASURED.get(row.kind, TYPED if task and task.widget.kind != "none" else "")


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

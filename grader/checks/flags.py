"""What a teacher may want to look at, and a student does not read: it takes no points away.

A model fitted to the public test set is far better there than on images that nobody has seen; one above what a task's net can
honestly reach was not made by the task's means. Either has innocent causes too, so a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.checks.kinds.accuracy import Band
from grader.checks.values import ModelEvidence, TaskSpec, TaskVerdict, Values

FAR = 0.03  # honest models differ by 0.007 at most (docs/security.md), and the sampling adds as much again
Flag = tuple[str, Values]


def flags(tasks: Sequence[TaskSpec], verdicts: Sequence[TaskVerdict], models: Sequence[ModelEvidence]) -> tuple[Flag, ...]:
    """Codes `teacher.*` with values, for the models that tasks were judged on."""
    by_id = {model.id: model for model in models}
    found: list[Flag] = []
    for task, verdict in zip(tasks, verdicts, strict=True):
        model = by_id.get(verdict.candidate or "")
        if model is not None:
            found += _of(task, model)
    return tuple(found)


def _of(task: TaskSpec, model: ModelEvidence) -> list[Flag]:
    found: list[Flag] = []
    hidden, public = model.accuracy.get("held_out"), model.accuracy.get("validation")
    if hidden and public and public.value - hidden.value > FAR:
        found.append(("teacher.validation_far_above", {"task": task.id, "public": public.value, "hidden": hidden.value}))
    ceiling = min((c.params.ceiling for c in task.checks if isinstance(c.params, Band) and c.params.ceiling), default=None)
    if hidden and ceiling is not None and hidden.value > ceiling:
        found.append(("teacher.above_ceiling", {"task": task.id, "hidden": hidden.value, "ceiling": ceiling}))
    return found

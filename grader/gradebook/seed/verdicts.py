"""The ways in which each task of a package can end. Typed answers are truly judged; what a sandbox would measure is made up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from assignments.package.answers import read_answers
from assignments.package.values import AssignmentPackage, Task
from grader.checks import judge
from grader.checks.values import CheckSpec, CheckVerdict, Evidence, Outcome, Scalar, TaskStatus, TaskVerdict

MOST_WAYS = 24


@dataclass(frozen=True)
class Way:
    """What was typed (None: nothing) and what came of it."""

    answer: Any
    verdict: TaskVerdict


@dataclass(frozen=True)
class Ways:
    """Of one task: fully right, wrong or partly right, and for a person to look at. `wrong` begins with the commonest."""

    right: tuple[Way, ...]
    wrong: tuple[Way, ...]
    review: tuple[Way, ...]


def ways_of(package: AssignmentPackage, chance: Random) -> tuple[Ways, ...]:
    """By task, in the package's order."""
    return tuple(_ways(package, task, chance) for task in package.tasks)


def _ways(package: AssignmentPackage, task: Task, chance: Random) -> Ways:
    found = [Way(raw, _judged(package, task, raw)) for raw in itertools.islice(_typed(task, chance), MOST_WAYS)]
    if not any(way.verdict.status is TaskStatus.PASSED for way in found):  # it needs a sandbox
        found = [Way("0,87" if task.widget.kind == "number" else None, verdict) for verdict in _measured(task, chance)]
    chance.shuffle(found)
    return Ways(
        right=_with(found, TaskStatus.PASSED),
        wrong=_with(found, TaskStatus.FAILED, TaskStatus.PARTIAL),
        review=_with(found, TaskStatus.REVIEW) or (Way(None, _review(task)),),
    )


def _with(ways: list[Way], *statuses: TaskStatus) -> tuple[Way, ...]:
    return tuple(way for way in ways if way.verdict.status in statuses)


def _judged(package: AssignmentPackage, task: Task, raw: Any) -> TaskVerdict:
    return judge([task.spec], Evidence(answers=read_answers(package, {task.id: raw})))[0]


def _typed(task: Task, chance: Random) -> Iterator[Any]:
    """Answers that students could give: first the key as far as the checks name it, then whatever the widget allows."""
    for spec in task.spec.checks:
        yield from (key for name in ("right", "equals", "value") if (key := _plain(getattr(spec.params, name, None))) is not None)
        if (least := getattr(spec.params, "more_than", None)) is not None:
            yield str(int(least) + 250)
        yield from getattr(spec.params, "slips", {})
    options = [option.id for option in task.widget.options]
    if task.widget.kind == "choice":
        yield from options
    elif task.widget.kind == "choices":
        yield from ([one for one in options if chance.random() < 0.5] or options[:1] for _ in range(MOST_WAYS))
    elif task.widget.kind == "matching":
        yield from ({row.id: chance.choice(options) for row in task.widget.rows} for _ in range(MOST_WAYS))
    elif task.widget.kind == "sequence":
        yield from ([chance.choice(options) for _ in range(4)] for _ in range(MOST_WAYS) if options)
    elif task.widget.kind == "text":
        yield "что-то другое"


def _plain(key: Any) -> Any:
    if isinstance(key, Mapping):
        return dict(key)
    if isinstance(key, int | float):
        return f"{key:g}"
    return list(key) if isinstance(key, tuple) else key


# ---------------------------------------------------------------- what a sandbox would have measured

# By kind: codes and values of a pass, and of what goes wrong.
PASSES: dict[str, tuple[str, dict[str, Scalar]]] = {
    "accuracy": ("accuracy.passed", {"measured": 0.8731, "images": 5000, "preparation": "unit", "bound": 0.86}),
    "typed_accuracy": ("typed_accuracy.passed", {"typed": 0.87, "measured": 0.8731}),
    "measured_answer": ("measured_answer.passed", {"typed": 0.94, "measured": 0.9398}),
    "parameter_count": ("parameter_count.passed", {"counted": 118_282}),
    "rerun_value": ("rerun_value.passed", {"cases": 3}),
    "expression": ("expression.passed", {"dtypes": "float32, float64, int64"}),
}
FAILS: dict[str, tuple[tuple[str, dict[str, Scalar], str], ...]] = {
    "accuracy": (
        ("accuracy.below", {"measured": 0.8462, "images": 5000, "preparation": "unit", "bound": 0.86, "more": 69}, ""),
        ("accuracy.below", {"measured": 0.7012, "images": 5000, "preparation": "raw", "bound": 0.86, "more": 794},
         "hint.divide_by_255"),
        ("accuracy.not_finite", {"images": 5000}, ""),
    ),
    "architecture": (
        ("architecture.hidden_layers", {"found": 1, "wanted": 2}, ""),
        ("architecture.units", {"layer": 1, "found": 64, "wanted": 128}, ""),
        ("architecture.convolution", {"kind": "Conv2D"}, ""),
    ),
    "convolutional": (
        ("convolutional.dropout", {"kind": "Dropout"}, ""),
        ("convolutional.linear_layers", {"found": 2}, ""),
    ),
    "parameter_count": (("parameter_count.differs", {"counted": 118_016}, "hint.biases_missing"),),
    "rerun_value": (
        ("rerun_value.wrong", {"found": 128}, ""),
        ("rerun_value.written_by_hand", {"found": 50, "names": "t1, t2"}, ""),
        ("rerun_value.no_value", {"name": "result"}, ""),
    ),
    "expression": (
        ("expression.other_row", {"found": 3, "row": 2}, "hint.rows_from_zero"),
        ("expression.column", {"found": 2}, ""),
        ("expression.raised", {"dtype": "int64", "ename": "NameError"}, ""),
    ),
    "measured_answer": (("measured_answer.wrong", {"typed": 0.5}, ""),),
}  # fmt: skip
NEEDS_A_PERSON = ("model.not_taken", {"name": "model"})


def _measured(task: Task, chance: Random) -> Iterator[TaskVerdict]:
    checks = task.spec.checks
    yield _verdict(task, tuple(_passed(spec) for spec in checks), TaskStatus.PASSED)
    for number, spec in enumerate(checks):
        for code, values, hint in FAILS.get(spec.kind, ()):
            wrong = CheckVerdict(spec.kind, Outcome.FAILED, code, values, 0.0, spec.points, hint or None)
            rest = [_passed(one) for one in checks]
            if spec.gate:  # a gate that fails takes all points
                rest = [CheckVerdict(one.kind, one.outcome, one.code, one.values, 0.0, one.max_points) for one in rest]
            rest[number] = wrong
            partly = any(one.points for one in rest)
            yield _verdict(task, tuple(rest), TaskStatus.PARTIAL if partly else TaskStatus.FAILED)


def _passed(spec: CheckSpec) -> CheckVerdict:
    code, values = PASSES.get(spec.kind, (f"{spec.kind}.passed", {}))
    return CheckVerdict(spec.kind, Outcome.PASSED, code, values, spec.points, spec.points)


def _verdict(task: Task, checks: tuple[CheckVerdict, ...], status: TaskStatus) -> TaskVerdict:
    deciding = next((one for one in checks if one.outcome is not Outcome.PASSED), checks[0])
    points = sum(one.points for one in checks)
    name = "model" if any(one.kind in {"accuracy", "parameter_count"} for one in checks) else None
    return TaskVerdict(
        *(task.id, status, points, task.spec.max_points, deciding.code, deciding.values, checks, deciding.hint), None, name
    )


def _review(task: Task) -> TaskVerdict:
    code, values = NEEDS_A_PERSON
    checks = tuple(CheckVerdict(one.kind, Outcome.REVIEW, code, values, 0.0, one.points) for one in task.spec.checks)
    return _verdict(task, checks, TaskStatus.REVIEW)


def unjudged(task: Task, status: TaskStatus, code: str, values: Mapping[str, Scalar]) -> TaskVerdict:
    """Nothing could be judged, by the notebook's fault or by ours."""
    outcome = Outcome.ERROR if status is TaskStatus.ERROR else Outcome.NOT_JUDGED
    checks = tuple(CheckVerdict(one.kind, outcome, code, values, 0.0, one.points) for one in task.spec.checks)
    return _verdict(task, checks, status)

"""The least evidence that is valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from grader.checks import registry
from grader.checks.kinds.accuracy import Band
from grader.checks.kinds.architecture import Rule
from grader.checks.kinds.parameter_count import Exactly
from grader.checks.kinds.typed_accuracy import Typed
from grader.checks.kinds.typed_count import TypedCount
from grader.checks.values import (
    Accuracy,
    Answer,
    CheckSpec,
    Evidence,
    Layer,
    Missing,
    ModelEvidence,
    Rerun,
    RunFacts,
    TaskSpec,
    Value,
    Verdict,
)

OK = RunFacts("ok")


def dense(units: int, inputs: int, activation: str | None = None, *, biased: bool = True) -> Layer:
    weights = ((inputs, units), (units,)) if biased else ((inputs, units),)
    return Layer("Dense", inputs * units + biased * units, units, activation, (None, units), weights)


def layer(kind: str, shape: tuple[int | None, ...] = (None, 784)) -> Layer:
    return Layer(kind, 0, None, None, shape)


def net(*widths: int, activation: str | None = "relu", biased: bool = True) -> tuple[Layer, ...]:
    """Flatten, dense layers of these widths with an activation, the last one softmax."""
    sizes = (784, *widths)
    last = len(widths) - 1
    layers = [dense(units, sizes[at], "softmax" if at == last else activation, biased=biased) for at, units in enumerate(widths)]
    return (layer("InputLayer", (None, 28, 28)), layer("Flatten"), *layers)


def a_model(
    *widths: int,
    layers: Sequence[Layer] | None = None,
    accuracy: float | None = 0.9,
    images: int = 5000,
    curve: dict[str, tuple[float, ...]] | None = None,
    name: str = "model",
    cell: int = 1,
    **changes: Any,
) -> ModelEvidence:
    built = tuple(layers) if layers is not None else net(*(widths or (10,)))
    parameters = sum(one.parameters for one in built)
    measured = {} if accuracy is None else {"held_out": Accuracy(accuracy, images, "unit")}
    facts = {"parameters": parameters, "trainable_parameters": parameters, **changes}
    return ModelEvidence(f"{name}-{cell}", "keras", name, cell, built, accuracy=measured, curve=curve or {}, **facts)


def a_value(number: float, name: str = "result", cell: int = 3, kind: str = "number") -> Value:
    return Value(name, cell, kind, "int64", (), (number,))  # type: ignore[arg-type]


def a_rerun(number: float | None, swapped: tuple[str, ...] = ("t1", "t2"), **changes: Any) -> Rerun:
    values = () if number is None else (a_value(number),)
    return Rerun("", **{"status": "ok", "values": values, "swapped": swapped, **changes})


def verdict(
    params: Any,
    kind: str,
    *,
    model: ModelEvidence | None = None,
    answer: str | Answer = "",
    evidence: Evidence | None = None,
    alone: bool = False,
) -> Verdict:
    """Call one check as the registry does, for task `t`."""
    given = Answer(text=answer) if isinstance(answer, str) else answer
    base = evidence or Evidence(run=OK)
    with_answer = replace(base, answers={"t": given})
    return registry.call(CheckSpec(kind, params, 1.0), task_id="t", evidence=with_answer, model=model, alone=alone)


def a_task(*checks: CheckSpec, task_id: str = "t") -> TaskSpec:
    return TaskSpec(task_id, checks)


# Three tasks as an assignment has them: a linear net, a net of two hidden layers, and its parameters.
LINEAR = TaskSpec(
    "13.1",
    (
        CheckSpec("architecture", Rule(linear=True), gate=True),
        CheckSpec("accuracy", Band(0.82), 3),
        CheckSpec("typed_accuracy", Typed(0.82), gate=True),
    ),
)
DEEP = TaskSpec(
    "13.2", (CheckSpec("architecture", Rule(dense_hidden=(128, 128)), gate=True), CheckSpec("accuracy", Band(0.86), 4))
)
COUNT = TaskSpec(
    "13.3", (CheckSpec("parameter_count", Exactly(118_282), 3), CheckSpec("typed_count", TypedCount(118_282), gate=True))
)
ASSIGNMENT = (LINEAR, DEEP, COUNT)


def seen(*models: ModelEvidence, run: RunFacts = OK, missing: tuple[Missing, ...] = (), **answers: str) -> Evidence:
    typed = {task.replace("_", "."): Answer(text=text) for task, text in answers.items()}
    return Evidence(run=run, models=models, missing=missing, answers={key[1:]: value for key, value in typed.items()})

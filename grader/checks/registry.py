"""The table of check kinds, and how a kind is called.

A kind is a pure function whose first parameter is its own frozen dataclass of parameters. Its further parameters are
filled by their annotation:

    ModelEvidence         one caught model; the check is tried on each candidate and the best for the student counts
    ModelEvidence | None  the same, but the check can also be judged without one
    Answer                what the student typed for this task
    Evidence              everything
    Reruns                what the sandboxes left that this task asked for, by the end of their name (`15.1:2` is `2`)
    Alone                 true when the typed answer is judged without its notebook

A kind that asks neither for a model nor for all evidence is *typed*: it can be judged from answers alone.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, NewType, Protocol, runtime_checkable

from grader.checks import installed
from grader.checks.values import (
    Answer,
    CheckSpec,
    Evidence,
    ExtraRun,
    ModelEvidence,
    Rerun,
    TaskSpec,
    Verdict,
)

Alone = NewType("Alone", bool)


@dataclass(frozen=True)
class Reruns:
    """This task's further sandboxes by case; a case that is absent did not run, which is our own trouble."""

    of: Mapping[str, Rerun]


@runtime_checkable
class AsksForRuns(Protocol):
    """Parameters of a kind that needs further sandboxes say so themselves."""

    def extra_runs(self, task_id: str, answer: Answer) -> tuple[ExtraRun, ...]: ...


@dataclass(frozen=True)
class Kind:
    """A registered kind: its name, the class of its parameters, its function and what the function is given."""

    name: str
    params: type
    function: Callable[..., Verdict]
    needs: Mapping[str, str]  # the function's parameter -> model, model?, answer, evidence, reruns, alone
    structure: bool = True  # whether it looks at how a model is built; False: at its predictions alone
    judges: tuple[str, ...] = ()  # the answer widgets that it can judge

    @property
    def needs_model(self) -> bool:
        return "model" in self.needs.values()

    @property
    def takes_model(self) -> bool:
        return self.needs_model or "model?" in self.needs.values()

    @property
    def takes_answer(self) -> bool:
        return "answer" in self.needs.values()

    @property
    def typed(self) -> bool:
        """Whether the kind can be judged from the typed answer (and a sandbox of ours) alone."""
        return self.takes_answer and not self.needs_model and "evidence" not in self.needs.values()


KINDS: dict[str, Kind] = {}


def check(
    name: str, *, params: type, structure: bool = True, judges: tuple[str, ...] = ()
) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
    """Register the decorated function as the kind `name`; raises TypeError where the function's shape is not one we fill.

    A kind that says `structure=False` looks at a model's predictions alone, and so judges also a model that could not be
    rebuilt; any other leaves such a one to a person. `judges` names the widgets whose typed answer the kind judges.
    """
    if not is_dataclass(params) or not params.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"check {name!r}: params must be a frozen dataclass")

    def register(function: Callable[..., Verdict]) -> Callable[..., Verdict]:
        if name in KINDS:
            raise TypeError(f"check {name!r} is registered twice")
        KINDS[name] = Kind(name, params, function, _needs(name, function), structure, judges)
        return function

    return register


def _needs(name: str, function: Callable[..., Verdict]) -> dict[str, str]:
    hints = {key: hint for key, hint in typing.get_type_hints(function).items() if key != "return"}
    needs: dict[str, str] = {}
    for parameter in list(hints)[1:]:
        need = _need(hints[parameter])
        if need is None:
            raise TypeError(f"check {name!r}: nothing fills parameter {parameter!r} of type {hints[parameter]!r}")
        needs[parameter] = need
    return needs


def _need(annotation: Any) -> str | None:
    plain: dict[Any, str] = {
        ModelEvidence: "model",
        Answer: "answer",
        Evidence: "evidence",
        Reruns: "reruns",
        Alone: "alone",
    }
    if isinstance(annotation, types.UnionType):
        return "model?" if set(annotation.__args__) == {ModelEvidence, types.NoneType} else None
    return plain.get(annotation)


def call(
    spec: CheckSpec,
    *,
    task_id: str,
    evidence: Evidence,
    model: ModelEvidence | None,
    alone: bool,
) -> Verdict:
    """Call a check with what it asks for. A kind that needs a model must be given one."""
    kind = KINDS[spec.kind]
    offered = {
        "model": model,
        "model?": model,
        "answer": evidence.answers.get(task_id, Answer()),
        "evidence": evidence,
        "reruns": Reruns(_reruns_of(task_id, evidence)),
        "alone": Alone(alone),
    }
    return kind.function(
        spec.params,
        **{parameter: offered[need] for parameter, need in kind.needs.items()},
    )


def _reruns_of(task_id: str, evidence: Evidence) -> dict[str, Rerun]:
    mine = f"{task_id}:"
    return {name.removeprefix(mine): rerun for name, rerun in evidence.reruns.items() if name.startswith(mine)}


def extra_runs(task: TaskSpec, answers: Mapping[str, Answer]) -> tuple[ExtraRun, ...]:
    """The further sandboxes that this task's checks need before they can be judged."""
    answer = answers.get(task.id, Answer())
    return tuple(
        run for spec in task.checks if isinstance(spec.params, AsksForRuns) for run in spec.params.extra_runs(task.id, answer)
    )


def _load_kinds() -> None:
    package = importlib.import_module("grader.checks.kinds")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"grader.checks.kinds.{module.name}")
    for other in installed.modules():
        try:
            importlib.import_module(other.module)
        except Exception as trouble:  # told at the start, not at the first submission that needs it
            raise ImportError(f"check kinds of {other.distribution}: {other.module} can't be imported: {trouble}") from trouble


_load_kinds()

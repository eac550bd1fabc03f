"""The words that checks speak: inert evidence in, a verdict out.

Everything here is a frozen value made of plain Python types. Nothing in it can run code, and nothing in it
came from a student's process unread: the bytes of a sandbox become one of these values in `worker.zone_c_trusted`
only, with limits on size and type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

Scalar = str | int | float | bool | None
Values = Mapping[str, Scalar]


class Outcome(StrEnum):
    """What one check concludes. `NOT_JUDGED` is our own fault and never counts against a student."""

    PASSED = "passed"
    FAILED = "failed"
    REVIEW = "review"
    ERROR = "error"
    NOT_JUDGED = "not_judged"


class TaskStatus(StrEnum):
    """What a task's checks come to together (rules in `grader.checks.scoring`)."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    REVIEW = "review"
    ERROR = "error"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True)
class Verdict:
    """One check's conclusion: a code and values, never a sentence (`grader.catalogue` makes the sentence)."""

    outcome: Outcome
    code: str
    values: Values = field(default_factory=dict)
    share: float = 0.0  # of the check's points, 0..1
    hint: str | None = None  # the code of a second sentence: a package's own or `hint.*` of the catalogue
    near_miss: bool = False  # chance may have decided, so it is tried with other seeds
    free: bool = False  # a slip that honest work leads to: the attempt is not charged where nothing else is wrong
    judged: bool = True  # False where there was nothing to judge: an optional field that was left open


def passed(code: str = "passed", *, share: float = 1.0, hint: str | None = None, **values: Scalar) -> Verdict:
    """A positive finding of ours; `share` below 1 where a check gives partial points."""
    return Verdict(Outcome.PASSED, code, values, share, hint)


def left_open(code: str, **values: Scalar) -> Verdict:
    """An optional field with nothing in it to judge: costs nothing, and counts as nothing judged."""
    return Verdict(Outcome.PASSED, code, values, 1.0, judged=False)


def failed(code: str, *, share: float = 0.0, hint: str | None = None, **values: Scalar) -> Verdict:
    """Judged, and not what the task asks for."""
    return Verdict(Outcome.FAILED, code, values, share, hint)


def review(code: str, *, hint: str | None = None, **values: Scalar) -> Verdict:
    """A person must look; worth nothing until then."""
    return Verdict(Outcome.REVIEW, code, values, 0.0, hint)


def error(code: str, *, hint: str | None = None, **values: Scalar) -> Verdict:
    """The notebook made it impossible to judge."""
    return Verdict(Outcome.ERROR, code, values, 0.0, hint)


def not_judged(code: str, **values: Scalar) -> Verdict:
    """Our own trouble: shown as ours, retried, never scored as zero."""
    return Verdict(Outcome.NOT_JUDGED, code, values)


def noting(verdict: Verdict, values: Values) -> Verdict:
    """The same verdict with further values."""
    return replace(verdict, values={**values, **verdict.values})


# ---------------------------------------------------------------- evidence


@dataclass(frozen=True)
class Answer:
    """What a student typed for one task: a text, several (choices) or pairs (matching). Untrusted, bounded."""

    text: str = ""
    items: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.text.strip() or self.items or self.pairs)


@dataclass(frozen=True)
class Layer:
    """A layer as zone B rebuilt it. `kind` is the framework's class name (`Dense`), `weights` the shapes of its arrays."""

    kind: str
    parameters: int
    units: int | None = None
    activation: str | None = None
    output_shape: tuple[int | None, ...] = ()
    weights: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Accuracy:
    """Share of right classes over `images` images that were prepared as `preparation` says (`unit`, `raw`, …)."""

    value: float
    images: int
    preparation: str


@dataclass(frozen=True)
class ModelEvidence:
    """A caught model, rebuilt from its inert artefact in zone B. `name`, `cell`, `curve`, `rates`, `fed`: the student's claims.

    One that can't be rebuilt may still have been asked what it predicts, in a further run (`rebuilt` False): then only
    `accuracy` and `finite` say anything, and how it is built is for a person to see.
    """

    id: str
    framework: Literal["keras", "torch"]
    name: str
    cell: int | None
    layers: tuple[Layer, ...]
    parameters: int  # trainable and frozen, biases included
    trainable_parameters: int
    digest: str = ""  # sha256 of the arrays: a copy has the same
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict)  # by split: held_out, validation, train
    finite: bool = True
    curve: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # for display and typed figures, never for points
    rates: tuple[float, ...] = ()  # learning rates of its optimizers, a claim like the curve: for display and review only
    fed: tuple[float, float] | None = None  # least and greatest number of a batch that it was fed, for hints only
    rebuilt: bool = True

    @property
    def output_widths(self) -> tuple[int, ...]:
        """Widths of the layers that may carry a bias, in order."""
        return tuple(layer.units for layer in self.layers if layer.units is not None)


@dataclass(frozen=True)
class Value:
    """A tensor, array, number or small text. `data` is flat, in row-major order; at most 65,536 items."""

    name: str
    cell: int | None
    kind: Literal["number", "text", "array"]
    dtype: str
    shape: tuple[int, ...]
    data: tuple[Any, ...]


@dataclass(frozen=True)
class Missing:
    """Something that was looked for and could not be taken, and why (a catalogue code: `missing.too_large`)."""

    name: str
    reason: str
    values: Values = field(default_factory=dict)
    model: bool = False  # whether it was a model


@dataclass(frozen=True)
class Swap:
    """In a re-run, any variable that is given `original` (equal numbers, same shape) gets `replacement` instead."""

    name: str
    original: tuple[tuple[float, ...], ...]
    replacement: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ExtraRun:
    """A further sandbox that a check asks for: the notebook on other inputs (`cells` None) or cells of ours."""

    name: str
    cells: tuple[str, ...] | None = None
    swaps: tuple[Swap, ...] = ()
    collect: tuple[str, ...] = ()  # names whose values are taken after each cell; "_" is the last shown result


@dataclass(frozen=True)
class Rerun:
    """What an `ExtraRun` left: how it ended, its values in the order they were taken, names that were swapped (a claim)."""

    name: str
    status: str  # as RunFacts.status
    values: tuple[Value, ...] = ()
    swapped: tuple[str, ...] = ()
    error: str = ""  # the class of the exception that ended it, if any
    cell: int | None = None


@dataclass(frozen=True)
class RunFacts:
    """How the notebook's own run ended, as we saw it from outside. `cell` counts code cells from 1."""

    status: Literal["ok", "error", "timeout", "memory", "died", "rejected", "none"] = "none"
    cell: int | None = None
    code: str = ""  # catalogue code: run.error, run.timeout, …
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class SourceFacts:
    """What the notebook's text says without being run. `numbers` are the numeric literals in its code."""

    code_cells: int = 0
    numbers: frozenset[float] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """All that a submission's checks may look at."""

    run: RunFacts = RunFacts()
    source: SourceFacts = SourceFacts()
    models: tuple[ModelEvidence, ...] = ()
    again: tuple[tuple[ModelEvidence, ...], ...] = ()  # of further runs with other seeds, after a near miss
    values: tuple[Value, ...] = ()
    missing: tuple[Missing, ...] = ()
    reruns: Mapping[str, Rerun] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)


# ---------------------------------------------------------------- what a task asks, and what came of it


@dataclass(frozen=True)
class CheckSpec:
    """One check of a task as the package declares it: `params` is the kind's own frozen dataclass."""

    kind: str
    params: Any
    points: float = 0.0
    gate: bool = False  # a gate that fails takes the task's points away
    label: str = ""


@dataclass(frozen=True)
class TaskSpec:
    """A task as the checks see it."""

    id: str
    checks: tuple[CheckSpec, ...]

    @property
    def max_points(self) -> float:
        return sum(check.points for check in self.checks)


@dataclass(frozen=True)
class CheckVerdict:
    """A check's verdict with its points. `code` is full: `accuracy.below`."""

    kind: str
    outcome: Outcome
    code: str
    values: Values
    points: float
    max_points: float
    hint: str | None = None
    near_miss: bool = False
    free: bool = False


@dataclass(frozen=True)
class TaskVerdict:
    """A task's result: status, points, the deciding check's code, and the candidate model it was judged on."""

    id: str
    status: TaskStatus
    points: float
    max_points: float
    code: str
    values: Values
    checks: tuple[CheckVerdict, ...]
    hint: str | None = None
    candidate: str | None = None  # ModelEvidence.id
    candidate_name: str | None = None

"""A number that the notebook must compute: run again on hidden inputs, is it right there too?

The notebook's own run shows a number; further runs put other tensors in place of the task's. A *place* is a name and a
cell. If some place holds the right number in the notebook's own run and in every further run, the notebook computes
it. What the student's process says of itself cannot forge this: only the right computation gives all the numbers.

Where the tensors could not be replaced, a number that was computed goes to a person; one written by hand fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from grader.checks import slips
from grader.checks.registry import Reruns, check
from grader.checks.values import (
    Answer,
    Evidence,
    ExtraRun,
    Rerun,
    Swap,
    Value,
    Verdict,
    error,
    failed,
    not_judged,
    noting,
    passed,
    review,
)

Matrix = tuple[tuple[float, ...], ...]
_SHOWN = "_"  # the last result that a cell showed
_COMPUTING = frozenset(
    [
        "dot",
        "matmul",
        "sum",
        "inner",
        "einsum",
        "mm",
        "mv",
        "vdot",
        "tensordot",
        "cat",
        "concat",
        "concatenate",
        "vstack",
        "row_stack",
        "stack",
        "hstack",
        "bmm",
        "mul",
        "multiply",
    ]
)


@dataclass(frozen=True)
class Computed:
    """`value` for the task's own tensors `original`; `inputs` and `labels` hold the hidden cases, by case.

    `names` are looked at first, in order; then the last single number. `slips` maps a wrong number to its hint.
    """

    value: float
    original: Mapping[str, Matrix]
    inputs: Mapping[str, Mapping[str, Matrix]] = field(metadata={"from": "hidden/inputs"})
    labels: Mapping[str, float] = field(metadata={"from": "hidden/labels"})
    names: tuple[str, ...] = ("result",)
    tolerance: float = 1e-6
    slips: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.inputs or set(self.inputs) != set(self.labels):
            raise ValueError("hidden inputs and labels must hold the same cases, at least one")
        if any(set(case) != set(self.original) for case in self.inputs.values()):
            raise ValueError("each hidden case must give every tensor of `original`")

    def extra_runs(self, task_id: str, answer: Answer) -> tuple[ExtraRun, ...]:
        """One further run of the notebook for each hidden case."""
        return tuple(
            ExtraRun(
                f"{task_id}:{case}",
                swaps=tuple(Swap(name, self.original[name], tensors[name]) for name in self.original),
                collect=(*self.names, _SHOWN, "*"),
            )
            for case, tensors in self.inputs.items()
        )

    def is_value(self, found: float) -> bool:
        return abs(found - self.value) <= self.tolerance


Place = tuple[str, int | None]


@check("rerun_value", params=Computed)
def rerun_value(want: Computed, evidence: Evidence, reruns: Reruns, answer: Answer) -> Verdict:
    """The original number first, then what the further runs make of the same place."""
    if evidence.run.status == "none":
        return failed("notebook.none")
    found = _numbers(evidence.values)
    at = _looked_at(want, found)
    right = [place for place, value in found.items() if want.is_value(value)]
    if at is None:
        return _nothing_found(want, evidence, answer)
    if not right:
        return _wrong(want, found[at], reruns)
    if any(case not in reruns.of for case in want.inputs):
        return not_judged("check.no_sandbox")
    tried = [{case: _case(want, place, case, reruns.of[case]) for case in want.inputs} for place in right]
    if any(all(one == "right" for one in cases.values()) for cases in tried):
        return passed(found=want.value, cases=len(want.inputs))
    return _conclude(want, evidence, reruns, tried[right.index(at)] if at in right else tried[0])


def _wrong(want: Computed, found: float, reruns: Reruns) -> Verdict:
    """Where some of the task's tensors were met in a variable and others never, these were copied with a mistake, most likely."""
    met = {name for rerun in reruns.of.values() for name in rerun.swapped}
    unmet = [name for name in want.original if name not in met]
    if met and unmet:
        return failed("wrong", found=_tidy(found), hint="hint.inputs_differ", names=", ".join(unmet))
    return failed("wrong", found=_tidy(found), hint=slips.explained(want.slips, [found], want.tolerance))


def _numbers(values: Iterable[Value]) -> dict[Place, float]:
    """The last single number at each place, in the order in which the cells left them."""
    found: dict[Place, float] = {}
    for value in values:
        if value.kind == "text" or len(value.data) != 1 or isinstance(value.data[0], (bool, str, complex)):
            continue
        number = float(value.data[0])
        if math.isfinite(number):
            found.pop((value.name, value.cell), None)
            found[value.name, value.cell] = number
    return found


def _looked_at(want: Computed, found: Mapping[Place, float]) -> Place | None:
    for name in want.names:
        named = [place for place in found if place[0] == name]
        if named:
            return named[-1]
    return next(reversed(list(found)), None)


def _nothing_found(want: Computed, evidence: Evidence, answer: Answer) -> Verdict:
    if evidence.run.status not in ("ok", "error"):
        return noting(error(evidence.run.code or "run.internal"), evidence.run.values)
    if answer.text.strip() and evidence.run.status == "ok" and evidence.source.names & _COMPUTING:
        # Printed, perhaps, where we do not read: the typed number may well be the notebook's.
        return review("not_kept", name=want.names[0])
    return failed("no_value", name=want.names[0])


def _case(want: Computed, place: Place, case: str, rerun: Rerun) -> str:
    """What one place holds in one further run: right, unmoved, unswapped, wrong, or nothing (broke)."""
    found = _numbers(rerun.values)
    value = found.get(place)
    if value is None:  # the same name in another cell: an error may have moved where it was taken
        value = next(
            (other for (name, _), other in reversed(list(found.items())) if name == place[0]),
            None,
        )
    if value is None:
        return "broke"
    if abs(value - want.labels[case]) <= want.tolerance * max(1.0, abs(want.labels[case])):
        return "right"
    if not set(want.original) <= set(rerun.swapped):
        return "unswapped"
    return "unmoved" if want.is_value(value) else "wrong"


def _conclude(want: Computed, evidence: Evidence, reruns: Reruns, cases: Mapping[str, str]) -> Verdict:
    source = evidence.source
    written = want.value in source.numbers
    found, names = want.value, ", ".join(want.original)
    if all(one == "unmoved" for one in cases.values()):
        return failed("written_by_hand", found=found, names=names) if written else review("unmoved", found=found, names=names)
    if all(one in ("unmoved", "unswapped") for one in cases.values()):
        if written and not source.names & _COMPUTING:
            return failed("written_by_hand", found=found, names=names)
        return review("cannot_replace", found=found, names=names)
    broke = next((case for case, one in cases.items() if one == "broke"), None)
    if broke:
        return review("broke")  # neither where nor how: a notebook could tell its student of the hidden inputs by it
    return failed(
        "other_inputs",
        right=sum(one == "right" for one in cases.values()),
        cases=len(cases),
        names=names,
    )


def _tidy(number: float) -> float:
    return int(number) if number == int(number) and abs(number) < 1e15 else round(number, 6)

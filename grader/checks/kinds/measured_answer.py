"""A measured answer: does the typed figure agree with what a model of the notebook really shows on these images?

The figure is the answer, so an empty field fails. Training is chance, so the key is right for every model of its usual
range, and any other figure is right beside the model that shows it. What agrees with no model is for a person to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from grader.checks import numbers
from grader.checks.registry import Alone, check
from grader.checks.values import Answer, ModelEvidence, Verdict, failed, passed, review

_ROUNDING = 1e-9
_HALF = 0.005  # the key is a whole percentage


@dataclass(frozen=True)
class Measured:
    """`key` passes where a model's accuracy lies in `key_from`..`key_to`; another figure `within` of a model's.

    All are shares of 1. Judged alone: the key is right, `alone_from`..`alone_to` is for a person, anything else is wrong.
    """

    key: float
    key_from: float
    key_to: float
    alone_from: float
    alone_to: float
    within: float = 0.02
    split: Literal["held_out", "validation", "train"] = "train"


@check("measured_answer", params=Measured, structure=False, judges=("number",))
def measured_answer(want: Measured, answer: Answer, model: ModelEvidence | None, alone: Alone) -> Verdict:
    """Tried on each model; the one that agrees counts."""
    readings = numbers.read(answer.text)
    if readings == "empty":
        return failed("empty")
    if isinstance(readings, str):
        return failed("unreadable", typed=answer.text[:60])
    shares = sorted({share for one in readings for share in numbers.shares(one)})
    if not shares:
        return failed("out_of_range", typed=answer.text[:60])
    is_key = any(abs(share - want.key) < _HALF for share in shares)
    if alone or model is None:
        return _by_the_key(want, shares[-1], is_key)
    found = model.accuracy.get(want.split)
    if found is None or not model.finite or not 0 <= found.value <= 1:
        return review("not_measured", typed=shares[-1])
    fits = is_key and want.key_from - _ROUNDING <= found.value <= want.key_to + _ROUNDING
    if fits or any(abs(share - found.value) <= want.within + _ROUNDING for share in shares):
        return passed(typed=shares[-1], measured=found.value)
    return review("differs", typed=shares[-1], measured=found.value)


def _by_the_key(want: Measured, typed: float, is_key: bool) -> Verdict:
    if is_key:
        return passed("alone", typed=typed)
    if want.alone_from - _ROUNDING <= typed <= want.alone_to + _ROUNDING:
        return review("unmeasured", typed=typed)
    return failed("wrong", typed=typed)

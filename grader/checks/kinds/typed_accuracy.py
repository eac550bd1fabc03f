"""A typed accuracy: is it a figure that this student can have seen?

The measurement earns the points, so an empty or unreadable field costs nothing. A figure far from everything that was
measured or shown while training is not this notebook's. Judged alone, the key's bound decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from grader.checks import numbers
from grader.checks.registry import Alone, check
from grader.checks.values import Answer, ModelEvidence, Verdict, failed, left_open, passed

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Typed:
    """`at_least` and `below` are the key's bounds for the typed figure alone; `within` is the distance forgiven."""

    at_least: float
    below: float | None = None
    within: float = 0.03


@check("typed_accuracy", params=Typed, structure=False, judges=("number",))
def typed_accuracy(want: Typed, answer: Answer, model: ModelEvidence | None, alone: Alone) -> Verdict:
    """0.83, 0,83, 83 and 83 % are one figure."""
    readings = numbers.read(answer.text)
    ends = numbers.between(answer.text) if readings == "several" else None
    if ends:
        return _range(want, ends, None if alone else model)
    if readings == "empty":
        return failed("empty_alone") if alone else left_open("empty")
    if isinstance(readings, str):
        return failed("unreadable", typed=answer.text[:60]) if alone else left_open("unread", typed=answer.text[:60])
    shares = sorted({share for one in readings for share in numbers.shares(one)})
    if not shares:
        return failed("out_of_range", typed=answer.text[:60])
    if alone or model is None:
        return _by_the_key(want, shares)
    seen = list(_seen(model))
    if not seen:
        return left_open("uncompared", typed=shares[-1])
    if any(abs(share - one) <= want.within + _ROUNDING for share in shares for one in seen):
        return passed(typed=shares[-1])
    return failed("differs", typed=shares[-1], measured=_measured(model))


def _range(want: Typed, ends: tuple[float, float], model: ModelEvidence | None) -> Verdict:
    """`85% < accuracy < 90%`: right where all of it is, or where it holds a figure that was seen."""
    low, high = ends
    if model is None:
        inside = want.at_least - _ROUNDING <= low and (want.below is None or high <= want.below + _ROUNDING)
        return passed("alone", typed=high) if inside else _by_the_key(want, [low if low < want.at_least else high])
    seen = list(_seen(model))
    if not seen:
        return left_open("uncompared", typed=high)
    if any(low - want.within - _ROUNDING <= one <= high + want.within + _ROUNDING for one in seen):
        return passed(typed=high)
    return failed("differs", typed=high, measured=_measured(model))


def _by_the_key(want: Typed, shares: list[float]) -> Verdict:
    right = [share for share in shares if share >= want.at_least - _ROUNDING and (want.below is None or share < want.below)]
    if right:
        return passed("alone", typed=right[-1])
    above = want.below is not None and shares[-1] >= want.below
    return failed("too_high" if above else "too_low", typed=shares[-1])


def _seen(model: ModelEvidence) -> Iterable[float]:
    """Every accuracy that the student may have looked at; the curve is a claim, and only ever excuses a figure."""
    figures = [one.value for one in model.accuracy.values()]
    figures += [value for name, curve in model.curve.items() if "acc" in name.lower() for value in curve]
    return (value for value in figures if math.isfinite(value) and 0 <= value <= 1)


def _measured(model: ModelEvidence) -> float | None:
    held_out = model.accuracy.get("held_out") or next(iter(model.accuracy.values()), None)
    return held_out.value if held_out and math.isfinite(held_out.value) else None

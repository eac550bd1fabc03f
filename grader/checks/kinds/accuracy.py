"""Accuracy: is the model right often enough on images that no student has seen?

The measurement is a sample: of n images a model of true accuracy p gets p·n right with deviation sqrt(p(1-p)/n). A
bound is met at the bound minus one such deviation, and so is the upper edge of a band. A miss within two is a *near miss*:
training is chance, so the notebook is trained again with other seeds (`grader.checks.scoring`), and the best counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from grader.checks.layers import kind_of
from grader.checks.registry import check
from grader.checks.values import (
    Accuracy,
    ModelEvidence,
    Outcome,
    Values,
    Verdict,
    error,
    failed,
    noting,
    passed,
    review,
)

_SCALING = frozenset(
    ["rescaling", "normalization", "batchnormalization", "batchnorm1d", "batchnorm2d", "layernormalization", "layernorm"]
)
_ROUNDING = 1e-12  # 0.82 * 5000 is 4099.999…


@dataclass(frozen=True)
class Band:
    """Accuracy `at_least`, and `below` where the task has an upper edge, both shares of 1; `split` names the images.

    `asked_rate`: a learning rate that the task asks for. A model that was seen to train at it and misses the band is for a
    person: it did what was asked, and what comes of that is chance. It never helps a model to pass.
    `ceiling`: what a net of the task's kind honestly reaches at most; above it a teacher is told, and nothing is taken away.
    """

    at_least: float
    below: float | None = None
    split: Literal["held_out", "validation", "train"] = "held_out"
    asked_rate: float | None = None
    ceiling: float | None = None


def deviation(p: float, n: int) -> float:
    """One standard deviation of the accuracy that `n` images show of a model whose true accuracy is `p`."""
    return math.sqrt(p * (1 - p) / n)


@check("accuracy", params=Band, structure=False)
def accuracy(want: Band, model: ModelEvidence) -> Verdict:
    """A figure that is not a share of some images never passes, NaN least of all."""
    verdict = _compared(want, model)
    if verdict.outcome is not Outcome.FAILED or want.asked_rate is None or not model.rates:
        return verdict
    seen: Values = {"rate": model.rates[0], "asked": want.asked_rate}
    if not any(math.isclose(rate, want.asked_rate, rel_tol=0.01) for rate in model.rates):
        return noting(replace(verdict, hint="hint.other_rate"), seen)
    measured = model.accuracy.get(want.split)
    missed = review("at_rate", measured=measured.value if measured else None, low=want.at_least, high=want.below or 1.0)
    return noting(replace(missed, near_miss=verdict.near_miss), seen)


def _compared(want: Band, model: ModelEvidence) -> Verdict:
    measured = model.accuracy.get(want.split)
    if not model.finite:
        return failed("not_finite")
    if measured is None or measured.images < 1 or not 0 <= measured.value <= 1:
        return error("not_measured")
    facts: Values = {
        "measured": measured.value,
        "images": measured.images,
        "preparation": measured.preparation,
    }
    near = model.rebuilt and _near(want, measured)
    if measured.value < want.at_least - deviation(want.at_least, measured.images) - _ROUNDING:
        more = math.ceil((want.at_least - measured.value) * measured.images - _ROUNDING * measured.images)
        hint = "hint.divide_by_255" if measured.preparation == "raw" and _fed_as_they_are(model) else None
        return replace(noting(failed("below", bound=want.at_least, more=more, hint=hint), facts), near_miss=near)
    if want.below is not None and measured.value > want.below + deviation(want.below, measured.images) + _ROUNDING:
        return replace(noting(failed("above", bound=want.below), facts), near_miss=near)
    if measured.value < want.at_least - _ROUNDING:
        return noting(passed("within_sampling", bound=want.at_least), facts)
    return noting(passed(bound=want.at_least), facts)


def _fed_as_they_are(model: ModelEvidence) -> bool:
    """Whether its student fed it pixels from 0 to 255, and nothing in it scales them."""
    low, high = model.fed or (0.0, 0.0)
    return low >= 0 and 128 < high <= 255 and not any(kind_of(layer) in _SCALING for layer in model.layers)


def _near(want: Band, measured: Accuracy) -> bool:
    low = want.at_least - 2 * deviation(want.at_least, measured.images) - _ROUNDING
    high = 1.0 if want.below is None else want.below + 2 * deviation(want.below, measured.images) + _ROUNDING
    return low <= measured.value <= high

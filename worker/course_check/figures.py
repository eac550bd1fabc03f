"""Rates and thresholds from a few runs: what can honestly be said of them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

_Z = 1.959964  # two-sided 95 %
# One-sided 99 % quantiles of Student's t for 1, 2, … degrees of freedom; beyond these the normal's.
_T99 = (
    *(31.821, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998, 2.896, 2.821, 2.764, 2.718, 2.681, 2.650, 2.624, 2.602),
    *(2.583, 2.567, 2.552, 2.539, 2.528, 2.518, 2.508, 2.500, 2.492, 2.485, 2.479, 2.473, 2.467, 2.462, 2.457),
)
_NORMAL99 = 2.3263


def wilson(passed: int, runs: int) -> tuple[float, float]:
    """The 95 % interval of a rate, by Wilson's score: sensible also where all runs passed, or none.

    >>> [round(edge, 3) for edge in wilson(10, 10)]
    [0.722, 1.0]
    """
    if runs == 0:
        return 0.0, 1.0
    rate, square = passed / runs, _Z**2 / runs
    middle = (rate + square / 2) / (1 + square)
    half = _Z * math.sqrt(rate * (1 - rate) / runs + square / (4 * runs)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def lowest_of_the_next(values: Sequence[float]) -> float | None:
    """What the next run stays above in 99 of 100 cases, if runs are normal; None of fewer than three runs.

    The prediction bound: mean - t * s * sqrt(1 + 1/n), so few runs give a wide berth.
    """
    runs = len(values)
    if runs < 3:
        return None
    t = _T99[runs - 2] if runs - 2 < len(_T99) else _NORMAL99
    return statistics.fmean(values) - t * statistics.stdev(values) * math.sqrt(1 + 1 / runs)


def suggested(values: Sequence[float], images: int) -> float | None:
    """The highest `at_least` that 99 of 100 honest runs meet: a bound is met one deviation of the sampling below it."""
    low = lowest_of_the_next(values)
    if low is None or not 0 < low < 1:
        return None
    return math.floor(1000 * (low + (math.sqrt(low * (1 - low) / images) if images else 0.0))) / 1000

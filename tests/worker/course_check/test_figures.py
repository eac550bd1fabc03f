"""Rates and bounds: no more is said than a few runs allow."""

from __future__ import annotations

import random

import pytest

from worker.course_check.figures import lowest_of_the_next, suggested, wilson


@pytest.mark.parametrize(
    ("passed", "runs", "low", "high"),
    [(10, 10, 0.722, 1.0), (0, 10, 0.0, 0.278), (5, 10, 0.237, 0.763), (95, 100, 0.888, 0.978), (0, 0, 0.0, 1.0)],
)
def test_the_interval_is_wilson_s(passed, runs, low, high):
    assert wilson(passed, runs) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))


def test_the_suggested_bound_is_met_by_ninety_nine_of_a_hundred_further_runs():
    draw = random.Random(5)
    met = []
    for _ in range(4000):
        *seen, following = (draw.gauss(0.87, 0.005) for _ in range(11))
        low = lowest_of_the_next(seen)
        assert low is not None
        met.append(following >= low)

    assert 0.985 < sum(met) / len(met) < 0.995


def test_two_runs_suggest_nothing_and_a_bound_forgives_the_sampling():
    assert suggested([0.87, 0.88], 5000) is None
    bound = suggested([0.87, 0.88, 0.875, 0.871, 0.879], 5000)
    low = lowest_of_the_next([0.87, 0.88, 0.875, 0.871, 0.879])
    assert bound is not None
    assert low is not None
    assert 0.002 < bound - low < 0.006

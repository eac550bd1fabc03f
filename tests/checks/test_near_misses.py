"""A miss that chance may have decided is tried with other seeds: the best counts, and every figure is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks import judge, near_miss
from grader.checks.kinds.accuracy import deviation
from grader.checks.values import Evidence, TaskStatus, TaskVerdict
from tests.checks.makers import DEEP, LINEAR, a_model, seen

SIGMA = deviation(0.86, 5000)


def deep(accuracy: float, *again: float, widths: tuple[int, ...] = (128, 128, 10)) -> TaskVerdict:
    evidence = seen(a_model(*widths, accuracy=accuracy))
    tried = tuple((a_model(*widths, accuracy=other),) for other in again)
    (result,) = judge([DEEP], replace(evidence, again=tried))
    return result


@pytest.mark.parametrize(
    ("accuracy", "near"), [(0.86 - 0.9 * SIGMA, False), (0.86 - 1.1 * SIGMA, True), (0.86 - 1.9 * SIGMA, True), (0.85, False)]
)
def test_a_miss_within_two_deviations_is_near(accuracy: float, near: bool):
    assert near_miss(deep(accuracy)) is near


def test_the_best_of_three_counts_and_all_are_told():
    result = deep(0.853, 0.861, 0.852)

    assert (result.status, result.points) == (TaskStatus.PASSED, 4.0)
    assert [result.values[f"try_{number}"] for number in (1, 2, 3)] == [0.853, 0.861, 0.852]
    assert result.hint == "hint.near_miss_3"


def test_three_misses_are_a_miss():
    result = deep(0.853, 0.852, 0.851)

    assert (result.status, result.code, result.values["measured"]) == (TaskStatus.FAILED, "accuracy.below", 0.853)


def test_a_run_that_left_no_model_is_left_out():
    (result,) = judge(
        [DEEP], replace(seen(a_model(128, 128, 10, accuracy=0.853)), again=((), (a_model(128, 128, 10, accuracy=0.9),)))
    )

    assert result.status is TaskStatus.PASSED
    assert (result.values["try_2"], result.hint) == (0.9, "hint.near_miss_2")


def test_a_net_of_the_wrong_kind_is_no_near_miss_however_near_it_is():
    assert not near_miss(deep(0.853, widths=(128, 10)))


def test_a_typed_figure_that_is_wrong_is_no_near_miss():
    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.812), t13_1="0.95"))

    assert not near_miss(result)


def test_other_seeds_do_not_touch_a_task_that_was_decided():
    evidence: Evidence = seen(a_model(128, 128, 10, accuracy=0.8))

    before, after = judge([DEEP], evidence), judge([DEEP], replace(evidence, again=((a_model(128, 128, 10, accuracy=0.9),),)))

    assert before == after

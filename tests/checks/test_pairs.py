"""Two tasks that one model can't earn both: `other_than`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import judge
from grader.checks.kinds.accuracy import Band
from grader.checks.kinds.convolutional import Blocks
from grader.checks.values import CheckSpec, ModelEvidence, RunFacts, TaskSpec, TaskStatus
from tests.checks.kinds.test_convolutional import BASE, SHORTENED
from tests.checks.makers import a_model, seen

ACCURATE = TaskSpec("18.1", (CheckSpec("convolutional", Blocks(2), gate=True), CheckSpec("accuracy", Band(0.9), 4)))
EITHER = Blocks(2, or_hidden=(600, 120), dropout="free", other_than="18.1")
WORSE = TaskSpec(
    "18.2",
    (CheckSpec("convolutional", EITHER, gate=True), CheckSpec("accuracy", Band(0.85, below=0.9, asked_rate=0.01), 3)),
)
TASKS = (ACCURATE, WORSE)


def short(accuracy: float, cell: int = 1, **changes: object) -> ModelEvidence:
    return a_model(layers=SHORTENED, accuracy=accuracy, cell=cell, **changes)  # type: ignore[arg-type]


def base(accuracy: float, cell: int = 2, **changes: object) -> ModelEvidence:
    return a_model(layers=BASE, accuracy=accuracy, cell=cell, **changes)  # type: ignore[arg-type]


def earned(*models: ModelEvidence, again: tuple[tuple[ModelEvidence, ...], ...] = ()) -> tuple[float, ...]:
    return tuple(one.points for one in judge(TASKS, replace(seen(*models), again=again)))


def test_two_models_earn_both():
    assert earned(short(0.91), base(0.87)) == (4, 3)


def test_one_model_that_suits_both_earns_one_and_says_what_is_missing():
    first, second = judge(TASKS, seen(short(0.9)))

    assert (first.points, second.points) == (4, 0)
    assert (second.status, second.code, second.values["task"]) == (TaskStatus.FAILED, "model.same", "18.1")


def test_a_copy_is_no_other_model():
    assert earned(short(0.9, cell=1, digest="aa"), short(0.9, cell=2, digest="aa")) == (4, 0)
    assert earned(short(0.9, cell=1, digest="aa"), short(0.9, cell=2, digest="bb")) == (4, 3)


def test_of_two_that_suit_each_task_takes_the_one_that_leaves_the_other_its_own():
    only_the_first, both = short(0.95, cell=1), short(0.9, cell=2)

    assert earned(only_the_first, both) == earned(both, only_the_first) == (4, 3)


def test_a_model_that_failed_the_one_task_may_earn_the_other():
    assert earned(short(0.88)) == (0, 3)


def test_a_single_accurate_model_is_told_that_another_is_needed_not_that_it_is_too_good():
    _, second = judge(TASKS, seen(short(0.93)))

    assert second.code == "model.same"


def test_a_poor_second_model_is_told_of_its_accuracy():
    _, second = judge(TASKS, seen(short(0.93), base(0.5)))

    assert second.code == "accuracy.below"


def test_two_that_earn_nothing_are_told_each_of_its_own_model():
    first, second = judge(TASKS, seen(short(0.6, rates=(0.001,)), base(0.5)))

    assert (first.values["measured"], second.values["measured"]) == (0.6, 0.5)


def test_the_asked_rate_outside_the_band_is_for_a_person():
    _, second = judge(TASKS, seen(short(0.93), base(0.92, rates=(0.01,))))

    assert (second.status, second.points, second.code) == (TaskStatus.REVIEW, 0, "accuracy.at_rate")


def test_the_rate_alone_earns_nothing_and_inside_the_band_it_costs_nothing():
    assert earned(short(0.93), base(0.3, rates=(0.01,))) == (4, 0)
    assert earned(short(0.93), base(0.87, rates=(0.5,))) == (4, 3)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.5, 0.87, 0.899, 0.93])), max_size=4))
def test_the_pair_is_exact(nets: list[tuple[bool, float]]):
    models = [(short if is_short else base)(accuracy, cell=at) for at, (is_short, accuracy) in enumerate(nets, 1)]
    firsts = {at for at, (is_short, accuracy) in enumerate(nets) if is_short and accuracy >= 0.899}
    seconds = {at for at, (_, accuracy) in enumerate(nets) if accuracy in (0.87, 0.899)}
    best = max((4 * (one in firsts) + 3 * (two in seconds) for one in range(4) for two in range(4) if one != two), default=0)

    assert sum(earned(*models)) == best


def test_without_a_model_both_say_so():
    assert {one.code for one in judge(TASKS, seen(run=RunFacts("ok")))} == {"model.none"}


@pytest.mark.parametrize(("other_net", "points"), [(0.5, (4, 0)), (0.87, (4, 3))])
def test_one_net_of_two_runs_does_not_earn_both_either(other_net: float, points: tuple[float, float]):
    near, lucky = 0.893, 0.897  # the first task is missed nearly, and the second one would take the same net

    assert earned(short(near), base(other_net), again=((short(lucky), base(other_net)), (short(near), base(other_net)))) == points

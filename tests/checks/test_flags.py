"""A teacher is told of a model that is better than it can honestly be, and a student loses nothing by it."""

from __future__ import annotations

from dataclasses import replace

from grader.checks import flags, judge
from grader.checks.kinds.accuracy import Band
from grader.checks.values import Accuracy, CheckSpec, ModelEvidence, TaskSpec, TaskStatus
from tests.checks.makers import a_model, seen

TASK = TaskSpec("13.2", (CheckSpec("accuracy", Band(0.8, ceiling=0.93), 4),))


def on_both(hidden: float, public: float) -> ModelEvidence:
    model = a_model(128, 128, 10, accuracy=hidden)
    return replace(model, accuracy={**model.accuracy, "validation": Accuracy(public, 10_000, "unit")})


def told(model: ModelEvidence) -> list[str]:
    verdicts = judge([TASK], seen(model))
    assert verdicts[0].status is TaskStatus.PASSED
    return [code for code, _ in flags([TASK], verdicts, [model])]


def test_a_model_that_was_fitted_to_the_public_test_set_is_told():
    assert told(on_both(0.84, 0.93)) == ["teacher.validation_far_above"]


def test_an_honest_model_is_not():
    assert told(on_both(0.865, 0.872)) == []


def test_one_above_what_such_a_net_can_reach_is_told():
    assert told(on_both(0.97, 0.97)) == ["teacher.above_ceiling"]


def test_a_model_that_no_task_was_judged_on_is_nobody_s_business():
    assert flags([TASK], judge([TASK], seen()), [on_both(0.5, 0.9)]) == ()

from __future__ import annotations

from grader.checks import judge
from grader.checks.kinds.choices import Choices
from grader.checks.values import Answer, CheckSpec, Evidence, Outcome, TaskStatus
from tests.checks.makers import DEEP, LINEAR, a_model, a_task, net, seen


def test_a_failed_gate_takes_the_points_and_decides():
    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.84), t13_1="0.95"))

    assert (result.status, result.points, result.code) == (TaskStatus.FAILED, 0, "typed_accuracy.differs")
    assert [check.points for check in result.checks] == [0, 0, 0]
    assert [check.outcome for check in result.checks] == [Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]


def test_a_passed_task_is_told_what_earned_its_points():
    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.84)))

    assert (result.code, result.points, result.max_points) == ("accuracy.passed", 3, 3)


def test_a_hint_of_another_check_reaches_the_task_that_failed():
    flat = a_model(layers=net(128, 128, 10, activation=None), accuracy=0.84)

    (result,) = judge([DEEP], seen(flat))

    assert (result.code, result.hint) == ("accuracy.below", "hint.no_activation")


def test_shares_of_points_are_rounded_to_what_is_shown():
    many = a_task(CheckSpec("choices", Choices(("a", "b", "c"), options=("a", "b", "c", "d")), 1.0))

    (result,) = judge([many], Evidence(answers={"t": Answer(items=("a",))}))

    assert (result.status, result.points) == (TaskStatus.PARTIAL, 0.33)

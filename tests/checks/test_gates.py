from __future__ import annotations

from dataclasses import replace

from grader.checks import judge
from grader.checks.kinds.choices import Choices
from grader.checks.values import Accuracy, Answer, CheckSpec, Evidence, Outcome, TaskStatus
from tests.checks.makers import COUNT, DEEP, LINEAR, a_model, a_task, layer, net, seen


def test_a_failed_gate_takes_the_points_and_decides():
    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.84), t13_1="0.95"))

    assert (result.status, result.points, result.code) == (TaskStatus.FAILED, 0, "typed_accuracy.differs")
    assert [check.points for check in result.checks] == [0, 0, 0]
    assert [check.outcome for check in result.checks] == [Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]


def test_what_the_notebook_lacks_is_told_before_what_was_typed():
    """ "Leave the field empty" would earn nothing where the measurement fails too."""
    (measured,) = judge([LINEAR], seen(a_model(10, accuracy=0.1), t13_1="0.83"))
    (counted,) = judge(
        [COUNT], seen(a_model(layers=(*net(128, 128, 10), layer("LayerNorm")), parameters=118_794), t13_3="118794")
    )

    assert (measured.code, measured.values["bound"]) == ("accuracy.below", 0.82)
    assert (counted.code, counted.values["counted"]) == ("parameter_count.differs", 118_794)
    assert [check.outcome for check in counted.checks] == [Outcome.FAILED, Outcome.FAILED]


def test_a_net_of_another_kind_is_told_before_what_it_predicts_and_before_what_was_typed():
    (result,) = judge([LINEAR], seen(a_model(128, 10, accuracy=0.1), t13_1="0.83"))

    assert result.code == "architecture.hidden_layers"


def test_why_a_net_predicts_badly_explains_nothing_where_it_is_the_wrong_net():
    raw = a_model(128, 10, accuracy=None, fed=(0.0, 255.0))
    poor = replace(raw, accuracy={"held_out": Accuracy(0.5, 5000, "raw")})

    (result,) = judge([DEEP], seen(poor))

    assert [check.hint for check in result.checks] == [None, "hint.divide_by_255"]
    assert (result.code, result.hint) == ("architecture.hidden_layers", None)


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

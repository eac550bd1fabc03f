from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from grader.checks import judge
from grader.checks.values import TaskStatus
from tests.checks.makers import ASSIGNMENT, LINEAR, a_model, layer, net, seen


def test_each_task_takes_the_candidate_that_is_best_for_the_student():
    linear, deep = a_model(10, accuracy=0.84, cell=3), a_model(128, 128, 10, accuracy=0.87, cell=5)

    results = judge(ASSIGNMENT, seen(deep, linear))

    assert [one.status for one in results] == [TaskStatus.PASSED] * 3
    assert [one.candidate for one in results] == [linear.id, deep.id, deep.id]


def test_one_hidden_layer_instead_of_two_fails_both_tasks_and_says_so():
    linear, shallow = a_model(10, accuracy=0.84, cell=5), a_model(128, 10, accuracy=0.87, cell=3)

    first, second, third = judge(ASSIGNMENT, seen(linear, shallow))

    assert first.status is TaskStatus.PASSED
    assert (second.code, second.values, second.candidate) == (
        "architecture.hidden_layers",
        {"found": 1, "wanted": 2},
        shallow.id,
    )
    assert (third.code, third.values["counted"], third.candidate) == ("parameter_count.differs", 101_770, shallow.id)


def test_a_failed_task_is_judged_on_the_net_that_no_other_task_took():
    conv = a_model(layers=(layer("Conv2D"), *net(10)), accuracy=0.7, cell=3)
    deep = a_model(128, 128, 10, accuracy=0.89, cell=5)

    first, second, _ = judge(ASSIGNMENT, seen(conv, deep))

    assert (first.code, first.candidate) == ("architecture.convolution", conv.id)
    assert second.candidate == deep.id


def test_a_poor_net_of_the_right_kind_is_told_of_its_accuracy_though_another_task_passed_with_it():
    linear, deep = a_model(10, accuracy=0.5, cell=1), a_model(128, 128, 10, accuracy=0.4, cell=2)

    first, second, third = judge(ASSIGNMENT, seen(linear, deep))

    assert (first.code, second.code, third.code) == ("accuracy.below", "accuracy.below", "parameter_count.passed")


def test_all_checks_of_a_task_look_at_the_same_candidate():
    accurate_conv = a_model(layers=(layer("Conv2D"), *net(10)), accuracy=0.9, cell=1)
    poor_linear = a_model(10, accuracy=0.5, cell=2)

    (result,) = judge([LINEAR], seen(accurate_conv, poor_linear))

    assert result.points == 0


def test_of_two_failing_candidates_the_more_accurate_counts():
    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.7, cell=1), a_model(10, accuracy=0.6, cell=2)))

    assert (result.code, result.values["measured"]) == ("accuracy.below", 0.7)


@given(st.permutations([(10,), (128, 10), (128, 128, 10), (127, 128, 10)]))
def test_the_order_of_candidates_decides_nothing(order):
    models = [a_model(*widths, accuracy=0.88, name=str(widths)) for widths in order]

    assert [one.status for one in judge(ASSIGNMENT, seen(*models))] == [TaskStatus.PASSED] * 3


@given(st.integers(0, 3))
def test_a_further_model_never_costs_points(which):
    models = [a_model(10, accuracy=0.84, name="a"), a_model(128, 128, 10, accuracy=0.88, name="b")]
    further = [a_model(10, accuracy=0.1), a_model(5), a_model(layers=()), a_model(128, 128, 10, accuracy=None)][which]

    few, more = judge(ASSIGNMENT, seen(*models)), judge(ASSIGNMENT, seen(*models, further))

    assert sum(one.points for one in more) >= sum(one.points for one in few)

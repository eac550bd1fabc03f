from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as changed

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import judge, registry, scoring
from grader.checks.kinds.accuracy import Band
from grader.checks.kinds.architecture import Rule
from grader.checks.kinds.choice import Choice
from grader.checks.kinds.choices import Choices
from grader.checks.kinds.expression import RowOfOnes
from grader.checks.kinds.parameter_count import Exactly
from grader.checks.kinds.typed_accuracy import Typed
from grader.checks.kinds.typed_count import TypedCount
from grader.checks.values import (
    Answer,
    CheckSpec,
    CheckVerdict,
    Evidence,
    Missing,
    ModelEvidence,
    Outcome,
    RunFacts,
    TaskSpec,
    TaskStatus,
    Verdict,
)
from tests.checks.makers import OK, a_model, a_task, layer, net

LINEAR = TaskSpec(
    "13.1",
    (
        CheckSpec("architecture", Rule(linear=True), gate=True),
        CheckSpec("accuracy", Band(0.82), 3),
        CheckSpec("typed_accuracy", Typed(0.82), gate=True),
    ),
)
DEEP = TaskSpec(
    "13.2", (CheckSpec("architecture", Rule(dense_hidden=(128, 128)), gate=True), CheckSpec("accuracy", Band(0.86), 4))
)
COUNT = TaskSpec(
    "13.3", (CheckSpec("parameter_count", Exactly(118_282), 3), CheckSpec("typed_count", TypedCount(118_282), gate=True))
)
ASSIGNMENT = (LINEAR, DEEP, COUNT)


def seen(*models: ModelEvidence, run: RunFacts = OK, missing: tuple[Missing, ...] = (), **answers: str) -> Evidence:
    typed = {task.replace("_", "."): Answer(text=text) for task, text in answers.items()}
    return Evidence(run=run, models=models, missing=missing, answers={key[1:]: value for key, value in typed.items()})


def a_check(outcome: Outcome, points: float = 0.0, most: float = 1.0) -> CheckVerdict:
    return CheckVerdict("choice", outcome, "choice.x", {}, points, most)


# ------------------------------------------------------------------ a task's status


def test_a_task_is_not_judged_if_any_of_its_checks_is():
    outcomes = [a_check(Outcome.PASSED, 1), a_check(Outcome.NOT_JUDGED), a_check(Outcome.FAILED)]

    assert scoring._status(outcomes) is TaskStatus.NOT_JUDGED


def test_a_task_is_an_error_only_if_none_of_its_checks_could_be_judged():
    assert scoring._status([a_check(Outcome.ERROR), a_check(Outcome.ERROR)]) is TaskStatus.ERROR
    assert scoring._status([a_check(Outcome.ERROR), a_check(Outcome.PASSED, 1)]) is TaskStatus.PARTIAL


def test_a_task_waits_for_a_person_unless_something_failed():
    assert scoring._status([a_check(Outcome.REVIEW), a_check(Outcome.PASSED, 1)]) is TaskStatus.REVIEW
    assert scoring._status([a_check(Outcome.REVIEW), a_check(Outcome.FAILED)]) is TaskStatus.FAILED


@pytest.mark.parametrize(("points", "status"), [(2.0, TaskStatus.PASSED), (1.0, TaskStatus.PARTIAL), (0.0, TaskStatus.FAILED)])
def test_otherwise_points_decide(points, status):
    outcome = Outcome.PASSED if points == 2 else Outcome.FAILED

    assert scoring._status([a_check(outcome, points, 2.0)]) is status


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=5))
def test_nothing_but_findings_of_ours_passes(outcomes):
    status = scoring._status([a_check(one, float(one is Outcome.PASSED)) for one in outcomes])

    assert (status is TaskStatus.PASSED) == all(one is Outcome.PASSED for one in outcomes)


# ------------------------------------------------------------------ candidates


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


# ------------------------------------------------------------------ gates and codes


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


# ------------------------------------------------------------------ nothing caught


def test_no_model_fails_and_says_what_was_looked_for():
    results = judge(ASSIGNMENT, seen())

    assert {one.code for one in results} == {"model.none"}
    assert {one.status for one in results} == {TaskStatus.FAILED}


def test_a_typed_count_without_a_model_is_told_that_the_notebook_must_contain_it():
    (result,) = judge([COUNT], seen(t13_3="118282"))

    assert (result.status, result.code, result.hint) == (TaskStatus.FAILED, "model.none", "hint.notebook_must_contain")


def test_a_model_that_we_could_not_take_goes_to_a_person():
    lost = Missing("net", "missing.unsupported_layer", {"layer": "Lambda"})

    (result,) = judge([LINEAR], seen(missing=(lost,)))

    assert (result.status, result.code, result.hint) == (TaskStatus.REVIEW, "model.not_taken", "missing.unsupported_layer")
    assert result.values == {"name": "net", "layer": "Lambda"}


def test_a_model_that_we_could_not_take_changes_nothing_where_another_passes():
    lost = Missing("net", "missing.not_serialisable")

    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.84), missing=(lost,)))

    assert result.status is TaskStatus.PASSED


def test_another_missing_thing_is_only_named():
    (result,) = judge([LINEAR], seen(missing=(Missing("net", "missing.too_large"),)))

    assert (result.status, result.code, result.hint) == (TaskStatus.FAILED, "model.none", "missing.too_large")


def test_a_run_that_died_before_any_model_is_an_error_with_the_run_s_own_code():
    run = RunFacts("memory", 3, "run.memory", {"cell": 3, "limit_mb": 3072})

    (result,) = judge([DEEP], seen(run=run))

    assert (result.status, result.code, result.values) == (TaskStatus.ERROR, "run.memory", run.values)


def test_what_was_earned_before_an_exception_is_kept_and_the_rest_names_the_cell():
    run = RunFacts("error", 4, "run.error", {"cell": 4, "ename": "NameError", "evalue": "plt"})

    first, second, third = judge(ASSIGNMENT, seen(a_model(10, accuracy=0.84), run=run))

    assert first.status is TaskStatus.PASSED
    assert (third.code, third.hint) == ("parameter_count.differs", "run.error")
    assert (second.code, second.hint, second.values["cell"]) == ("architecture.hidden_layers", "run.error", 4)


def test_no_notebook_is_told_so():
    assert judge([DEEP], seen(run=RunFacts("none")))[0].code == "notebook.none"


# ------------------------------------------------------------------ our own trouble


def test_a_bug_of_ours_costs_nothing():
    broken = a_task(CheckSpec("choice", "no parameters at all", 1.0))

    (result,) = judge([broken], Evidence(answers={"t": Answer(text="a")}))

    assert (result.status, result.code) == (TaskStatus.NOT_JUDGED, "check.internal")


def test_our_own_trouble_with_one_candidate_does_not_turn_into_a_failure():
    strange = changed(a_model(10), layers=None)  # type: ignore[arg-type]

    (result,) = judge([DEEP], seen(strange, a_model(10)))

    assert result.status is TaskStatus.NOT_JUDGED


# ------------------------------------------------------------------ typed alone


@pytest.mark.parametrize(
    ("task", "typed", "status"),
    [
        (LINEAR, "0,83", TaskStatus.PASSED),
        (LINEAR, "0.5", TaskStatus.FAILED),
        (COUNT, "118 282", TaskStatus.PASSED),
        (COUNT, "118281", TaskStatus.FAILED),
        (a_task(CheckSpec("choice", Choice("a", options=("a", "b")), 1), task_id="2.1"), "a", TaskStatus.PASSED),
    ],
)
def test_typed_alone_only_the_typed_part_is_judged(task, typed, status):
    (result,) = judge([task], Evidence(answers={task.id: Answer(text=typed)}), typed_only=True)

    assert result.status is status
    assert all(registry.KINDS[check.kind].typed for check in result.checks)


def test_a_task_without_a_typed_part_says_that_it_needs_the_notebook():
    assert judge([DEEP], Evidence(), typed_only=True)[0].code == "task.needs_notebook"


# ------------------------------------------------------------------ the registry


def test_a_parameter_that_nothing_fills_is_refused_when_the_kind_is_written():
    def odd(want: Choice, clock: float) -> Verdict: ...  # type: ignore[empty-body]

    with pytest.raises(TypeError, match="nothing fills"):
        registry.check("odd", params=Choice)(odd)


def test_parameters_must_be_frozen_and_names_unique():
    @dataclass
    class Loose:
        pass

    with pytest.raises(TypeError, match="frozen"):
        registry.check("loose", params=Loose)
    with pytest.raises(TypeError, match="twice"):
        registry.check("choice", params=Choice)(registry.KINDS["choice"].function)


def test_further_runs_come_from_the_checks_that_ask_for_them():
    both = a_task(CheckSpec("choice", Choice("a"), 1), CheckSpec("expression", RowOfOnes(), 1))

    assert [run.name for run in registry.extra_runs(both, {"t": Answer(text="t1[2]=1")})] == ["t:typed"]

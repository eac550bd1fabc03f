from __future__ import annotations

from dataclasses import replace as changed

import pytest

from grader.checks import judge
from grader.checks.kinds.accuracy import Band
from grader.checks.kinds.parameter_count import Exactly
from grader.checks.values import Answer, CheckSpec, Evidence, Missing, RunFacts, TaskSpec, TaskStatus
from tests.checks.makers import ASSIGNMENT, COUNT, DEEP, LINEAR, a_model, a_task, seen


def test_no_model_fails_and_says_what_was_looked_for():
    results = judge(ASSIGNMENT, seen())

    assert {one.code for one in results} == {"model.none"}
    assert {one.status for one in results} == {TaskStatus.FAILED}


def test_a_typed_count_without_a_model_is_told_that_the_notebook_must_contain_it():
    (result,) = judge([COUNT], seen(t13_3="118282"))

    assert (result.status, result.code, result.hint) == (TaskStatus.FAILED, "model.none", "hint.notebook_must_contain")


def test_a_model_that_we_could_not_take_goes_to_a_person():
    lost = Missing("net", "missing.unsupported_layer", {"layer": "Lambda"}, model=True)

    (result,) = judge([LINEAR], seen(missing=(lost,)))

    assert (result.status, result.code, result.hint) == (TaskStatus.REVIEW, "model.not_taken", "missing.unsupported_layer")
    assert result.values == {"name": "net", "layer": "Lambda"}


@pytest.mark.parametrize("reason", ["missing.too_large", "missing.too_many", "missing.time"])
def test_nobody_fails_for_our_limits(reason):
    assert judge([LINEAR], seen(missing=(Missing("net", reason, model=True),)))[0].status is TaskStatus.REVIEW


def test_a_model_that_we_could_not_take_changes_nothing_where_another_passes():
    lost = Missing("net", "missing.not_serialisable", model=True)

    (result,) = judge([LINEAR], seen(a_model(10, accuracy=0.84), missing=(lost,)))

    assert result.status is TaskStatus.PASSED


def test_another_missing_thing_is_only_named():
    (result,) = judge([LINEAR], seen(missing=(Missing("net", "missing.never_called", model=True),)))

    assert (result.status, result.code, result.hint) == (TaskStatus.FAILED, "model.none", "missing.never_called")


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


def test_a_value_that_was_too_large_is_no_model_that_was_not_taken():
    (result,) = judge([LINEAR], seen(missing=(Missing("x_train", "missing.too_large"),)))

    assert (result.status, result.code) == (TaskStatus.FAILED, "model.none")


def test_a_model_that_was_only_asked_may_pass_and_never_fails_by_itself():
    lost = Missing("net", "missing.unsupported_layer", {"layer": "Lambda"}, model=True)
    accurate = TaskSpec("t", (CheckSpec("accuracy", Band(0.82), 3),))

    good, poor = (
        judge([accurate], seen(a_model(10, accuracy=figure, name="net", rebuilt=False), missing=(lost,)))[0]
        for figure in (0.84, 0.5)
    )

    assert (good.status, poor.status, poor.code) == (TaskStatus.PASSED, TaskStatus.REVIEW, "model.not_taken")


def test_a_part_of_the_points_is_kept_while_a_person_looks_at_the_model_that_was_not_taken():
    lost = Missing("net", "missing.unsupported_layer", {"layer": "Lambda"}, model=True)
    task = TaskSpec("t", (CheckSpec("parameter_count", Exactly(7850), 3), CheckSpec("accuracy", Band(0.82), 4)))

    (result,) = judge([task], seen(a_model(10, accuracy=0.5), missing=(lost,)))

    assert (result.status, result.points, result.code) == (TaskStatus.REVIEW, 3.0, "model.not_taken")

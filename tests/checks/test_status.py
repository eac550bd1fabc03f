from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import judge, scoring
from grader.checks.kinds.number import Number
from grader.checks.values import CheckSpec, CheckVerdict, Evidence, Outcome, RunFacts, TaskStatus
from tests.checks.makers import ASSIGNMENT, COUNT, a_task, seen


def a_check(outcome: Outcome, points: float = 0.0, most: float = 1.0) -> CheckVerdict:
    return CheckVerdict("choice", outcome, "choice.x", {}, points, most)


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


# ------------------------------------------------------------------ what was typed beside a notebook that gave nothing

TIMEOUT = RunFacts("timeout", 2, "run.timeout_cell", {"cell": 2, "limit_s": 60})
REFUSED = RunFacts("rejected", None, "preflight.not_json", {})


@pytest.mark.parametrize("run", [TIMEOUT, REFUSED])
@pytest.mark.parametrize("typed", [{}, {"t13_1": "0.83", "t13_2": "0.87", "t13_3": "118282"}, {"t13_3": "many"}])
def test_a_run_that_gave_nothing_is_an_error_of_every_task_alike(run, typed):
    results = judge(ASSIGNMENT, seen(run=run, **typed))

    assert {(one.status, one.code) for one in results} == {(TaskStatus.ERROR, run.code)}


def test_a_wrong_number_fails_though_the_run_gave_nothing():
    (result,) = judge([COUNT], seen(run=TIMEOUT, t13_3="5"))

    assert (result.status, result.code) == (TaskStatus.FAILED, "typed_count.differs")


def test_an_empty_optional_field_alone_passes_a_task_that_asks_for_nothing_else():
    optional = a_task(CheckSpec("number", Number(equals=5, optional=True), gate=True))

    assert judge([optional], Evidence())[0].status is TaskStatus.PASSED


def test_a_task_of_which_nothing_was_looked_at_is_not_judged():
    assert judge([a_task()], Evidence())[0].status is TaskStatus.NOT_JUDGED

"""A slip that honest work leads to by chance does not use up an attempt, unless something else is wrong as well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks import judge
from grader.checks.kinds.number import Number
from grader.checks.values import Answer, CheckSpec, Evidence, Outcome, TaskSpec, TaskStatus, TaskVerdict
from grader.gradebook.services import run_record
from grader.submissions.queries import attempts_used
from tests.factories import Cast, a_claim, a_result, a_submission, a_verdict

THREE = TaskSpec("2.1", (CheckSpec("number", Number(equals=3, integer=True, free=(4,)), 3.0),))
WRONG = a_verdict(0.0, outcome=Outcome.FAILED, status=TaskStatus.FAILED)


def typed(answer: str) -> TaskVerdict:
    (found,) = judge([THREE], Evidence(answers={"2.1": Answer(answer)}), typed_only=True)
    return found


@pytest.mark.parametrize(("answer", "status", "free"), [("3", "passed", False), ("4", "failed", True), ("5", "failed", False)])
def test_a_free_slip_is_still_wrong(answer: str, status: str, free: bool):
    found = typed(answer)

    assert (found.status, found.checks[0].free) == (status, free)


@pytest.mark.parametrize(
    ("tasks", "used"),
    [
        ((typed("4"),), 0),
        ((typed("5"),), 1),
        ((typed("3"),), 1),
        ((typed("4"), replace(WRONG, id="2.2")), 1),  # else the other task could be guessed beside it for nothing
    ],
    ids=["the slip alone", "another slip", "right", "something else is wrong as well"],
)
def test_an_attempt_is_charged_unless_a_free_slip_is_all_that_is_wrong(cast: Cast, tasks: tuple[TaskVerdict, ...], used: int):
    submission = a_submission(cast)

    run_record(a_claim(submission), a_result(0.0, tasks=tasks))

    assert attempts_used(cast.student, cast.lab) == used

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.policy import Attempt, standing


def an_attempt(number: int = 1, score: float | None = 2.0, state: str = "graded", **fields: object) -> Attempt:
    made = Attempt(
        number=number,
        submission=f"sub_{number}",
        state=state,
        run=number if score is not None else None,
        score=None if score is None else Decimal(str(score)),
        max_score=Decimal(3),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def test_the_best_attempt_counts_and_of_equals_the_earlier():
    found = standing("best", [an_attempt(1, 1), an_attempt(2, 3), an_attempt(3, 3), an_attempt(4, 2)])

    assert (found.score, found.run, found.attempts, found.latest) == (3, 2, 4, "sub_4")


def test_the_last_attempt_counts_even_where_it_is_worse():
    assert standing("last", [an_attempt(1, 3), an_attempt(2, 1)]).score == 1


def test_an_attempt_that_waits_shows_as_waiting_and_leaves_the_score():
    found = standing("best", [an_attempt(1, 2), an_attempt(2, None, "running")])

    assert (found.state, found.score) == ("waiting", 2)


def test_our_own_trouble_is_a_problem_and_takes_neither_points_nor_attempt():
    found = standing("last", [an_attempt(1, 2), an_attempt(2, None, "quarantined", charged=False)])

    assert (found.state, found.score, found.attempts) == ("problem", 2, 1)


def test_a_first_attempt_that_we_could_not_judge_has_no_score_at_all():
    found = standing("best", [an_attempt(1, None, "graded", charged=False)])

    assert (found.state, found.score, found.max_score) == ("problem", None, None)


def test_a_broken_attempt_counts_as_the_points_it_earned():
    assert standing("last", [an_attempt(1, 3), an_attempt(2, 0, "broken")]).state == "broken"
    assert standing("best", [an_attempt(1, 3), an_attempt(2, 0, "broken")]).state == "graded"


def test_a_task_that_a_person_must_look_at_shows_as_review():
    assert standing("best", [an_attempt(1, 1, review=True)]).state == "review"


def test_late_is_what_the_counting_attempt_was():
    found = standing("best", [an_attempt(1, 1), an_attempt(2, 3, late=True)])

    assert found.late


def test_a_cancelled_attempt_leaves_things_as_they_were():
    found = standing("best", [an_attempt(1, 2), an_attempt(2, None, "cancelled", charged=False)])

    assert (found.state, found.score) == ("graded", 2)


def test_a_student_who_cancelled_all_attempts_has_a_cancelled_grade_and_no_broken_run():
    assert standing("best", [an_attempt(1, None, "cancelled", charged=False)]).state == "cancelled"


def test_a_cancelled_attempt_hides_no_trouble_and_no_waiting_of_an_earlier_one():
    cancelled = an_attempt(2, None, "cancelled", charged=False)

    assert standing("best", [an_attempt(1, None, "quarantined", charged=False), cancelled]).state == "problem"
    assert standing("best", [an_attempt(1, None, "queued"), cancelled]).state == "waiting"


scores = st.none() | st.decimals(0, 3, places=2)
states = st.sampled_from(["queued", "running", "graded", "broken", "cancelled", "quarantined"])


@pytest.mark.parametrize("policy", ["best", "last"])
@given(drawn=st.lists(st.tuples(scores, states, st.booleans()), min_size=1, max_size=8), seed=st.integers())
def test_a_standing_does_not_depend_on_the_order_in_which_attempts_are_read(policy, drawn, seed):
    attempts = [
        an_attempt(number, score, state, charged=charged) for number, (score, state, charged) in enumerate(drawn, start=1)
    ]
    shuffled = random.Random(seed).sample(attempts, len(attempts))

    assert standing(policy, attempts) == standing(policy, shuffled)

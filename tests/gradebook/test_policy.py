from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.gradebook.policy import Attempt, LateStep, TaskSeen, Word, percent_off, standing


def an_attempt(number: int = 1, score: float | Decimal | None = 2.0, state: str = "graded", **fields: object) -> Attempt:
    made = Attempt(
        number=number,
        submission=f"sub_{number}",
        state=state,
        run=number if score is not None else None,
        score=None if score is None else Decimal(str(score)),
        max_score=Decimal(3),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def a_task(status: str = "review", points: float = 0, *said: float | None, task: str = "1.1") -> TaskSeen:
    """A task of an attempt, and what people said of it, in this order; None takes it back."""
    words = (Word(number, None if one is None else Decimal(str(one))) for number, one in enumerate(said, start=1))
    return TaskSeen(task, status, Decimal(str(points)), tuple(words))


def words(*said: float | None) -> list[Word]:
    return [Word(number, None if one is None else Decimal(str(one))) for number, one in enumerate(said, start=1)]


STEPS = [LateStep(Decimal(0), Decimal(10)), LateStep(Decimal(24), Decimal(50)), LateStep(Decimal(72), Decimal(100))]


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
    assert standing("best", [an_attempt(1, 1, tasks=(a_task(),))]).state == "review"


def test_late_is_what_the_counting_attempt_was():
    found = standing("best", [an_attempt(1, 1), an_attempt(2, 3, late_by=timedelta(minutes=1))])

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


def test_with_nothing_handed_in_there_is_no_score_and_that_is_said():
    found = standing("best", [])

    assert (found.state, found.score, found.attempts, found.latest) == ("none", None, 0, "")


def test_a_persons_word_on_a_task_stands_in_place_of_the_runs_points():
    found = standing("best", [an_attempt(1, 2, tasks=(a_task("review", 0, 0.5), a_task("passed", 2, task="1.2")))])

    assert (found.score, found.state) == (Decimal("2.5"), "graded")


def test_a_word_taken_back_leaves_the_runs_points_and_the_task_waits_for_a_person_again():
    found = standing("best", [an_attempt(1, 2, tasks=(a_task("review", 0, 0.5, None),))])

    assert (found.score, found.state) == (2, "review")


def test_the_newest_of_two_words_applies():
    assert standing("best", [an_attempt(1, 2, tasks=(a_task("failed", 0, 1, 0.25),))]).score == Decimal("2.25")


def test_a_task_that_our_fault_left_unjudged_leaves_no_score_until_a_person_judges_it():
    unjudged = an_attempt(1, 2, tasks=(a_task("passed", 2), a_task("not_judged", 0, task="1.2")))
    decided = an_attempt(1, 2, tasks=(a_task("passed", 2), a_task("not_judged", 0, 1, task="1.2")))

    assert (standing("best", [unjudged]).score, standing("best", [unjudged]).state) == (None, "problem")
    assert (standing("best", [decided]).score, standing("best", [decided]).state) == (3, "graded")


@pytest.mark.parametrize(
    ("late_by", "percent"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=1), 10),
        (timedelta(hours=24), 10),
        (timedelta(hours=24, seconds=1), 50),
        (timedelta(hours=72), 50),
        (timedelta(days=9), 100),
    ],
)
def test_of_the_late_steps_that_were_passed_the_last_applies(late_by: timedelta, percent: int):
    assert percent_off(STEPS, late_by) == percent
    assert percent_off(STEPS[::-1], late_by) == percent


def test_what_lateness_costs_is_part_of_the_score_and_said():
    found = standing("best", [an_attempt(1, 2.5, late_by=timedelta(hours=30))], late_steps=STEPS)

    assert (found.score, found.penalty, found.late) == (Decimal("1.25"), Decimal("1.25"), True)


def test_the_best_is_the_best_after_what_lateness_costs():
    on_time, late = an_attempt(1, 2), an_attempt(2, 3, late_by=timedelta(hours=30))

    found = standing("best", [on_time, late], late_steps=STEPS)

    assert (found.score, found.run, found.penalty, found.late) == (2, 1, 0, False)


def test_lateness_never_costs_more_than_there_is():
    monstrous = [LateStep(Decimal(0), Decimal(400))]

    assert standing("last", [an_attempt(1, 2, late_by=timedelta(hours=1))], late_steps=monstrous).score == 0


def test_an_override_stands_above_runs_and_lateness_and_settles_the_state():
    late = an_attempt(1, 2, late_by=timedelta(hours=30), tasks=(a_task(),))

    found = standing("best", [late], late_steps=STEPS, overrides=words(1, 2.75))

    assert (found.score, found.penalty, found.state, found.overridden) == (Decimal("2.75"), 0, "graded", True)
    assert found.computed == 1


def test_an_override_taken_back_leaves_what_the_runs_say():
    found = standing("best", [an_attempt(1, 2)], overrides=words(3, None))

    assert (found.score, found.overridden) == (2, False)


def test_an_override_stands_where_nothing_was_handed_in():
    found = standing("best", [], overrides=words(3))

    assert (found.score, found.state, found.run) == (3, "graded", None)


def test_a_new_attempt_shows_as_waiting_under_an_override_too():
    found = standing("best", [an_attempt(1, 2), an_attempt(2, None, "queued")], overrides=words(3))

    assert (found.score, found.state) == (3, "waiting")


scores = st.none() | st.decimals(0, 3, places=2)
states = st.sampled_from(["queued", "running", "graded", "broken", "cancelled", "quarantined"])
some_words = st.lists(st.none() | st.decimals(0, 3, places=2), max_size=3).map(
    lambda said: [Word(number, points) for number, points in enumerate(said, start=1)]
)
tasks = st.lists(
    st.builds(
        TaskSeen,
        task=st.sampled_from(["1.1", "1.2"]),
        status=st.sampled_from(["passed", "failed", "review", "error", "not_judged"]),
        points=st.decimals(0, 2, places=2),
        words=some_words.map(tuple),
    ),
    max_size=2,
).map(tuple)
lateness = st.timedeltas(timedelta(0), timedelta(days=5))
drawn_attempts = st.lists(st.tuples(scores, states, st.booleans(), lateness, tasks), max_size=8).map(
    lambda drawn: [
        an_attempt(number, score, state, charged=charged, late_by=late_by, tasks=seen)
        for number, (score, state, charged, late_by, seen) in enumerate(drawn, start=1)
    ]
)
steps = st.lists(
    st.builds(LateStep, st.integers(0, 100).map(Decimal), st.integers(0, 100).map(Decimal)),
    max_size=4,
    unique_by=lambda step: step.hours,
)


@pytest.mark.parametrize("policy", ["best", "last"])
@given(attempts=drawn_attempts, late=steps, overrides=some_words, seed=st.integers())
def test_a_grade_does_not_depend_on_the_order_in_which_attempts_words_and_steps_are_read(policy, attempts, late, overrides, seed):
    def mixed(things):
        return random.Random(seed).sample(list(things), len(things))

    shuffled = [
        replace(one, tasks=tuple(replace(task, words=tuple(mixed(task.words))) for task in mixed(one.tasks)))
        for one in mixed(attempts)
    ]

    found = standing(policy, attempts, late_steps=late, overrides=overrides)

    assert found == standing(policy, shuffled, late_steps=mixed(late), overrides=mixed(overrides))


@given(attempts=drawn_attempts, late=steps)
def test_no_score_is_below_nothing_and_the_penalty_is_what_is_missing(attempts, late):
    with_steps = standing("last", attempts, late_steps=late)
    without = standing("last", attempts)

    if with_steps.score is not None:
        assert with_steps.score >= 0
        assert with_steps.score + with_steps.penalty == without.score


@given(attempts=drawn_attempts, late=steps)
def test_the_best_is_never_less_than_the_last(attempts, late):
    best, last = standing("best", attempts, late_steps=late), standing("last", attempts, late_steps=late)

    assert (best.score is None) == (last.score is None)
    if best.score is not None and last.score is not None:
        assert best.score >= last.score

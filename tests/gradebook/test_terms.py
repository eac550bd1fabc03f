"""Dates, attempts, cool-down and extensions: at the door, and in the grade."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assignments.models import Assignment
from grader.accounts.models import Extension
from grader.gradebook.models import Grade
from grader.gradebook.services import grade_recompute, run_record
from grader.submissions.errors import Closed, NoAttemptsLeft, TooSoon
from grader.submissions.models import Draft, Submission
from grader.submissions.terms import door_of, terms_of
from tests.factories import Cast, a_claim, a_result, a_submission, graded
from tests.pages.world import graded as graded_zoo
from tests.pages.world import hand_in, record

HOUR = timedelta(hours=1)


def rules(cast: Cast, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(cast.lab, name, value)
    cast.lab.save()


def extended(cast: Cast, **fields: Any) -> Extension:
    return Extension.objects.create(student=cast.student, assignment=cast.lab, reason="was ill", given_by=cast.teacher, **fields)


def test_a_late_attempt_is_worth_less_by_the_step_that_was_passed(cast: Cast):
    rules(cast, due_at=timezone.now() - 2 * HOUR, late_steps=[[0, 10], [1, 20], [48, 100]])
    graded(cast, 3.0)

    grade = Grade.objects.get()
    assert (str(grade.score), str(grade.penalty), grade.late) == ("2.40", "0.60", True)


def test_with_more_time_an_attempt_is_not_late_and_loses_nothing(cast: Cast):
    rules(cast, due_at=timezone.now() - 2 * HOUR, late_steps=[[0, 10]])
    extended(cast, due_at=timezone.now() + HOUR)
    graded(cast, 3.0)

    assert (Grade.objects.get().score, Grade.objects.get().late) == (3, False)


def test_an_extension_given_afterwards_takes_the_penalty_back_with_a_row_of_history(cast: Cast):
    rules(cast, due_at=timezone.now() - 2 * HOUR, late_steps=[[0, 50]])
    graded(cast, 3.0)

    extended(cast, due_at=timezone.now() + HOUR)
    grade = grade_recompute(cast.student, cast.lab, reason="late_policy", by=cast.teacher)

    change = grade.history.latest("version")
    assert (str(change.score_from), str(change.score_to), change.reason) == ("1.50", "3.00", "late_policy")


def test_an_extension_taken_back_counts_no_longer(cast: Cast):
    rules(cast, due_at=timezone.now() - HOUR, attempts_allowed=1)
    extended(cast, due_at=timezone.now() + HOUR, more_attempts=2)
    extended(cast)

    found = terms_of(cast.student, cast.lab)

    assert (found.due_at, found.attempts_allowed, found.extended) == (cast.lab.due_at, 1, False)


def test_more_attempts_are_added_to_those_that_everybody_has(cast: Cast):
    rules(cast, attempts_allowed=1)
    extended(cast, more_attempts=1)
    graded(cast, 1.0)
    graded(cast, 2.0)

    with pytest.raises(NoAttemptsLeft):
        a_submission(cast, cell="print('a third')")
    assert graded(cast, 1.0, student=cast.classmate)
    with pytest.raises(NoAttemptsLeft):
        a_submission(cast, student=cast.classmate, cell="print('a second')")


def test_who_has_more_time_is_let_in_after_the_door_closed_for_others(cast: Cast):
    rules(cast, due_at=timezone.now() - 2 * HOUR, closes_at=timezone.now() - HOUR)
    extended(cast, due_at=timezone.now() + HOUR)

    assert a_submission(cast)
    with pytest.raises(Closed):
        a_submission(cast, student=cast.classmate)


def test_after_a_charged_attempt_the_next_one_waits_for_the_cool_down(cast: Cast):
    rules(cast, cool_down_s=600)
    graded(cast, 1.0)

    with pytest.raises(TooSoon) as too_soon:
        a_submission(cast, cell="print('again')")

    door = door_of(cast.student, cast.lab)
    assert too_soon.value.values["minutes"] in (9, 10)
    assert (door.open, 500 < door.wait_s <= 600) == (False, True)
    assert door_of(cast.classmate, cast.lab).open


def test_an_attempt_that_was_our_fault_starts_no_cool_down(cast: Cast):
    rules(cast, cool_down_s=600)
    Submission.objects.filter(pk=graded(cast, 1.0).pk).update(charged=False)

    assert door_of(cast.student, cast.lab).wait_s == 0
    assert a_submission(cast, cell="print('again')")


def test_when_the_cool_down_is_over_the_door_is_open(cast: Cast):
    rules(cast, cool_down_s=600)
    graded(cast, 1.0)

    door = door_of(cast.student, cast.lab, now=timezone.now() + timedelta(seconds=601))

    assert (door.open, door.again_at) == (True, None)


def test_sent_again_within_the_cool_down_the_same_upload_is_the_same_submission(cast: Cast):
    rules(cast, cool_down_s=600)
    first = a_submission(cast)

    assert a_submission(cast) == first
    run_record(a_claim(first), a_result())


def test_the_page_says_how_long_is_left_and_keeps_what_is_sent_too_soon(world, at):
    Assignment.objects.filter(pk=world.everything.pk).update(cool_down_s=600)
    record(hand_in(world), graded_zoo())
    client, page = at(world.student), "/courses/zoo/everything/"

    shown = client.get(page).text
    sent = client.post(page, {"answer-1.5": "RMSprop"})

    assert "You can hand in the next one in 9 min" in shown or "You can hand in the next one in 10 min" in shown
    assert sent.status_code == 422
    assert "There is a break after each attempt." in sent.text
    assert Draft.objects.get(student=world.student).answers["1.5"] == "RMSprop"
    assert Submission.objects.count() == 1

"""Reviews: who asks, who takes, who decides, and what ends by itself."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from grader.events.models import Event
from grader.gradebook.decisions import ReasonMissing
from grader.gradebook.models import Review, TaskDecision
from grader.gradebook.review_queue import next_for
from grader.gradebook.reviews import (
    Ended,
    Held,
    MayNotAsk,
    NotTheirs,
    review_assign,
    review_claim,
    review_decide,
    review_open,
    review_release,
    review_withdraw,
)
from grader.gradebook.services import run_record
from grader.submissions.models import Run, Submission
from tests.factories import Cast, a_claim, a_result, a_submission, graded, the_run
from tests.gradebook.test_decisions import the_grade, to_review


def asked(cast: Cast, points: float = 1.0) -> Review:
    """The student asks about a task that earned these points of three."""
    return review_open(submission=graded(cast, points), task="2.1", asked="My number is right, look at cell 4")


def again(submission: Submission, points: float) -> None:
    """A new run of the same submission, that judged all."""
    Run.objects.create(submission=submission, package_version=the_run(submission).package_version)
    run_record(a_claim(submission), a_result(points))


def test_a_check_that_cannot_decide_opens_one_review_and_says_so_on_the_grade(cast: Cast):
    submission = to_review(cast)

    review = Review.objects.get()
    assert (review.submission, review.task, review.cause, review.state) == (submission, "2.1", "check", "open")
    assert the_grade(cast).reviews_open == 1


def test_a_newer_run_that_judges_the_task_ends_its_review(cast: Cast):
    submission = to_review(cast)

    again(submission, 3.0)

    assert Review.objects.get().state == "moot"
    assert (the_grade(cast).state, the_grade(cast).reviews_open) == ("graded", 0)


def test_what_a_student_asked_stays_open_over_a_newer_run(cast: Cast):
    review = asked(cast)

    again(review.submission, 2.0)

    review.refresh_from_db()
    assert (review.state, the_grade(cast).reviews_open) == ("open", 1)


def test_a_student_asks_once_for_a_task(cast: Cast):
    review = asked(cast)

    with pytest.raises(MayNotAsk):
        review_open(submission=review.submission, task="2.1", asked="Again")

    assert Event.objects.filter(type="review.requested").count() == 1


def test_who_took_a_question_back_may_ask_again(cast: Cast):
    review = asked(cast)

    assert review_withdraw(review)
    assert the_grade(cast).reviews_open == 0
    assert not review_withdraw(review)

    assert review_open(submission=review.submission, task="2.1", asked="After all").state == "open"


def test_asking_and_taking_back_again_and_again_writes_no_endless_letters(cast: Cast):
    review = asked(cast)
    for _ in range(3):
        review_withdraw(review)
        review = review_open(submission=review.submission, task="2.1", asked="Once more")
    review_withdraw(review)

    with pytest.raises(MayNotAsk):
        review_open(submission=review.submission, task="2.1", asked="Once more")
    assert Event.objects.filter(type="review.requested").count() == 4


def test_there_is_nothing_to_ask_where_all_points_were_earned_or_nothing_is_judged(cast: Cast):
    full, waiting = graded(cast, 3.0), a_submission(cast, cell="print('waits')")

    for submission, task in ((full, "2.1"), (waiting, "2.1"), (full, "7.7")):
        with pytest.raises(MayNotAsk):
            review_open(submission=submission, task=task, asked="Look")


def test_a_question_needs_words(cast: Cast):
    with pytest.raises(ReasonMissing):
        review_open(submission=graded(cast, 1.0), task="2.1", asked="  ")


def test_what_one_took_another_cannot_take_or_decide_until_the_time_is_over(cast: Cast):
    review = review_claim(asked(cast), by=cast.teacher)
    assert review.assigned_to == cast.teacher

    for attempt in (
        lambda: review_claim(review, by=cast.assistant),
        lambda: review_release(review, by=cast.assistant),
        lambda: review_decide(review, by=cast.assistant, points=None, answer="No"),
    ):
        with pytest.raises(Held) as held:
            attempt()
        assert held.value.review.assigned_to == cast.teacher

    Review.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert review_claim(review, by=cast.assistant).assigned_to == cast.assistant


def test_what_was_given_back_is_free(cast: Cast):
    review = review_claim(asked(cast), by=cast.teacher)

    review_release(review, by=cast.teacher)

    assert review_claim(review, by=cast.assistant).assigned_to == cast.assistant


def test_it_is_given_to_who_teaches_the_student_and_to_nobody_else(cast: Cast):
    review = asked(cast)

    review_assign(review, to=cast.assistant, by=cast.teacher)

    review.refresh_from_db()
    assert (review.assigned_to, review.locked_until) == (cast.assistant, None)
    for stranger in (cast.classmate, cast.student, cast.other_teacher):
        with pytest.raises(NotTheirs):
            review_assign(review, to=stranger, by=cast.teacher)


def test_what_is_given_to_another_comes_after_ones_own_but_is_not_lost(cast: Cast):
    theirs, course = asked(cast), cast.course
    review_assign(theirs, to=cast.assistant, by=cast.teacher)
    assert next_for(cast.teacher, course) == theirs

    to_review(cast)
    assert next_for(cast.teacher, course) == Review.objects.get(cause="check")
    assert next_for(cast.assistant, course) == theirs
    review_claim(theirs, by=cast.assistant)
    Review.objects.filter(cause="check").delete()
    assert next_for(cast.teacher, course) is None


def test_points_given_in_a_review_change_the_grade_with_who_and_why(cast: Cast):
    review = review_decide(asked(cast), by=cast.assistant, points=Decimal(2), answer="You are right: half of it")

    change = the_grade(cast).history.latest("version")
    assert (review.state, review.decided_by, review.answer) == ("decided", cast.assistant, "You are right: half of it")
    assert (the_grade(cast).score, the_grade(cast).reviews_open) == (2, 0)
    assert (change.reason, change.changed_by, change.comment) == ("review", cast.assistant, "You are right: half of it")
    assert Event.objects.get(type="review.resolved").data == {
        "review_id": review.public_id,
        "submission_id": review.submission.public_id,
        "course": "small",
        "assignment": "lab",
        "external_user_id": "lms-student",
        "task": "2.1",
    }


def test_what_a_student_asked_may_be_answered_without_a_change(cast: Cast):
    review = review_decide(asked(cast), by=cast.teacher, points=None, answer="It is 117 and not 118")

    assert (review.state, the_grade(cast).score, the_grade(cast).reviews_open) == ("decided", 1, 0)
    assert not TaskDecision.objects.exists()


def test_what_a_check_left_to_a_person_waits_no_longer_though_the_points_stay(cast: Cast):
    to_review(cast)

    review_decide(Review.objects.get(), by=cast.teacher, points=None, answer="It does not fit")

    assert (the_grade(cast).state, the_grade(cast).score, the_grade(cast).reviews_open) == ("graded", 0, 0)
    assert TaskDecision.objects.get().points == 0


def test_one_answer_ends_all_that_waits_for_the_task(cast: Cast):
    submission = to_review(cast)
    question = review_open(submission=submission, task="2.1", asked="When?")
    assert the_grade(cast).reviews_open == 2

    review_decide(question, by=cast.teacher, points=Decimal(3), answer="Now")

    assert set(Review.objects.values_list("state", "answer")) == {("decided", "Now")}
    assert (the_grade(cast).score, the_grade(cast).reviews_open) == (3, 0)


def test_what_has_ended_cannot_be_taken_or_decided_again(cast: Cast):
    review = review_decide(asked(cast), by=cast.teacher, points=None, answer="No")

    with pytest.raises(Ended):
        review_claim(review, by=cast.teacher)
    with pytest.raises(Ended):
        review_decide(review, by=cast.teacher, points=Decimal(3), answer="Yes")


def test_the_student_hears_once_of_an_answer_though_both_asked_and_a_check_waited(cast: Cast):
    submission = to_review(cast)
    question = review_open(submission=submission, task="2.1", asked="When?")

    review_decide(question, by=cast.teacher, points=Decimal(3), answer="Now")

    assert Event.objects.get(type="review.resolved").data["review_id"] == question.public_id


def test_the_student_hears_too_when_what_a_check_left_is_decided(cast: Cast):
    to_review(cast)

    review_decide(Review.objects.get(), by=cast.teacher, points=None, answer="It does not fit")

    assert Event.objects.filter(type="review.resolved").count() == 1

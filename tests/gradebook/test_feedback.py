"""Unread feedback: what people said since the student last looked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grader.gradebook.decisions import comment_add, override_set, task_decide
from grader.gradebook.feedback import feedback_seen, feedback_unread
from grader.gradebook.models import Review
from grader.gradebook.reviews import review_decide, review_open
from tests.factories import Cast, graded
from tests.gradebook.test_decisions import the_grade, to_review


def test_each_word_to_the_student_is_unread_until_they_look(cast: Cast):
    submission = graded(cast, 1.0)
    comment_add(submission=submission, author=cast.teacher, text="Well done")
    task_decide(submission=submission, task="2.1", points=Decimal(2), reason="Right", by=cast.teacher)
    override_set(grade=the_grade(cast), score=Decimal(3), reason="All of it", by=cast.teacher, seen_version=2)
    assert feedback_unread(cast.student) == {cast.lab.pk: 3}

    feedback_seen(cast.student, cast.lab)

    assert feedback_unread(cast.student) == {}


def test_what_is_said_afterwards_is_unread_again(cast: Cast):
    submission = graded(cast, 1.0)
    feedback_seen(cast.student, cast.lab)
    feedback_seen(cast.student, cast.lab)

    comment_add(submission=submission, author=cast.teacher, text="One more thing")

    assert feedback_unread(cast.student) == {cast.lab.pk: 1}


def test_an_answer_counts_once_whether_it_changes_points_or_not(cast: Cast):
    review = review_open(submission=graded(cast, 1.0), task="2.1", asked="Why?")
    review_decide(review, by=cast.teacher, points=None, answer="So")
    assert feedback_unread(cast.student) == {cast.lab.pk: 1}

    to_review(cast)
    review_decide(Review.objects.get(state="open"), by=cast.teacher, points=Decimal(3), answer="It fits")

    assert feedback_unread(cast.student) == {cast.lab.pk: 2}


def test_words_for_colleagues_and_to_others_are_not_the_students(cast: Cast):
    submission = graded(cast, 1.0)
    comment_add(submission=submission, author=cast.teacher, text="Copied?", private=True)
    comment_add(submission=graded(cast, 1.0, student=cast.classmate), author=cast.teacher, text="Good")

    assert feedback_unread(cast.student) == {}


def test_it_takes_two_queries(cast: Cast, django_assert_num_queries: Any):
    submission = graded(cast, 1.0)
    for _ in range(5):
        comment_add(submission=submission, author=cast.teacher, text="Again")

    with django_assert_num_queries(2):
        assert feedback_unread(cast.student) == {cast.lab.pk: 5}

"""Who sees what, tried for everybody of the cast."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from grader.accounts.models import User
from grader.accounts.queries import assignments_open_to, courses_of, may_teach
from grader.gradebook.queries import grades_visible_to
from grader.submissions.queries import submissions_visible_to
from tests.factories import Cast, a_submission

EVERYBODY = ["student", "classmate", "assistant", "teacher", "other_teacher", "admin", "nobody"]
OF_THE_COURSE = {"student", "classmate", "assistant", "teacher", "admin"}
SEES_THE_STUDENTS_WORK = {"student", "assistant", "teacher", "admin"}
TEACHES = {"assistant", "teacher", "admin"}


def somebody(cast: Cast, who: str) -> User | AnonymousUser:
    found: User | AnonymousUser = AnonymousUser() if who == "nobody" else getattr(cast, who)
    return found


@pytest.mark.parametrize("who", EVERYBODY)
def test_assignments_are_open_to_those_who_are_in_the_course(cast: Cast, who: str):
    opened = set(assignments_open_to(somebody(cast, who)))

    assert opened == ({cast.quiz, cast.lab} if who in OF_THE_COURSE else set())


@pytest.mark.parametrize("who", EVERYBODY)
def test_courses_are_those_that_one_is_in(cast: Cast, who: str):
    expected = {"other_teacher": {cast.other_course}, "admin": {cast.course, cast.other_course}, "nobody": set[Any]()}

    assert set(courses_of(somebody(cast, who))) == expected.get(who, {cast.course})


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_students_submission_and_grade_are_seen_by_them_and_those_who_teach_them(cast: Cast, who: str):
    submission = a_submission(cast)
    person = somebody(cast, who)

    assert submissions_visible_to(person).filter(pk=submission.pk).exists() == (who in SEES_THE_STUDENTS_WORK)
    assert grades_visible_to(person).filter(student=cast.student).exists() == (who in SEES_THE_STUDENTS_WORK)


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_gradebook_is_for_those_who_teach_in_the_course(cast: Cast, who: str):
    assert may_teach(somebody(cast, who), cast.course) == (who in TEACHES)


@pytest.mark.parametrize("who", ["student", "teacher", "admin"])
def test_a_person_who_was_switched_off_sees_nothing(cast: Cast, who: str):
    person = getattr(cast, who)
    person.is_active = False
    person.save()
    a_submission(cast)

    assert not courses_of(person).exists()
    assert not assignments_open_to(person).exists()
    assert not submissions_visible_to(person).exists()
    assert not grades_visible_to(person).exists()

"""An extension changes what is late, and everybody who needs to know of it hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grader.accounts.models import Extension
from grader.accounts.queries import extension_of
from grader.events.models import Event
from grader.gradebook.extensions import extensions_give, extensions_take_back
from grader.gradebook.models import Grade
from tests.factories import Cast, graded


def late_lab(cast: Cast) -> None:
    cast.lab.due_at = timezone.now() - timedelta(days=1)
    cast.lab.late_steps = [[0, 50]]
    cast.lab.save()


def give(cast: Cast, *students: Any, **fields: Any) -> list[Extension]:
    return extensions_give(students=students, assignment=cast.lab, reason="was ill", by=cast.teacher, **fields)


def test_what_was_late_is_not_once_there_is_more_time(cast: Cast):
    late_lab(cast)
    graded(cast, 3.0)
    before = Grade.objects.get(student=cast.student, assignment=cast.lab)
    assert before.late
    assert before.score == 1.5

    give(cast, cast.student, due_at=timezone.now() + timedelta(days=1))

    grade = Grade.objects.get(student=cast.student, assignment=cast.lab)
    assert not grade.late
    assert grade.score == 3
    change = grade.history.get(version=grade.version)
    assert (change.reason, change.changed_by, change.comment) == ("extension", cast.teacher, "was ill")


def test_history_says_in_the_readers_words_that_an_extension_changed_the_grade(cast: Cast, at: Any):
    late_lab(cast)
    submission = graded(cast, 3.0)
    give(cast, cast.student, due_at=timezone.now() + timedelta(days=1))

    for person in (cast.student, cast.teacher):
        address = f"/results/{submission.public_id}/"
        assert "<strong>Дано или отменено продление</strong>" in at(person, "ru").get(address).text
        assert "<strong>An extension was given or taken back</strong>" in at(person).get(address).text
    cell = f"/courses/small/gradebook/{cast.student.public_id}/lab"
    assert "<strong>Дано или отменено продление</strong>" in at(cast.teacher, "ru").get(cell).text


def test_taking_it_back_makes_it_late_again(cast: Cast):
    late_lab(cast)
    graded(cast, 3.0)
    give(cast, cast.student, due_at=timezone.now() + timedelta(days=1))

    extensions_take_back(students=[cast.student], assignment=cast.lab, reason="a mistake", by=cast.teacher)

    assert Grade.objects.get(student=cast.student, assignment=cast.lab).late
    assert extension_of(cast.student, cast.lab) is None


def test_each_student_is_told_once_and_nobody_gets_a_grade_by_it(cast: Cast):
    students = [cast.student, cast.classmate]
    give(cast, *students, more_attempts=2)
    give(cast, *students, more_attempts=2)  # a second click

    told = [event.data for event in Event.objects.filter(type="extension.given")]
    assert sorted(data["external_user_id"] for data in told) == ["lms-classmate", "lms-student"]
    assert {data["extension_id"] for data in told} == set(Extension.objects.values_list("public_id", flat=True))
    assert not Grade.objects.exists()


def test_nothing_is_taken_back_from_who_has_nothing(cast: Cast):
    assert extensions_take_back(students=[cast.student], assignment=cast.lab, reason="-", by=cast.teacher) == []
    assert not Extension.objects.exists()


def test_an_extension_that_gives_nothing_is_refused(cast: Cast):
    with pytest.raises(ValueError, match="take_back"):
        give(cast, cast.student)

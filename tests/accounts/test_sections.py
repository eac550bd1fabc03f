"""Assistants who see only the students of their sections, extensions that apply, and who decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from grader.accounts.models import Enrolment, Extension, Role, Section
from grader.accounts.queries import (
    extension_of,
    extensions_of,
    may_manage,
    may_teach,
    sections_of,
    students_visible_to,
    work_visible_to,
)
from grader.submissions.models import Submission
from tests.accounts.test_access import EVERYBODY, somebody
from tests.factories import Cast, a_submission


def a_section(cast: Cast, name: str = "A", *people: Any) -> Section:
    section = Section.objects.create(course=cast.course, name=name)
    Enrolment.objects.filter(course=cast.course, user__in=people).update(section=section)
    return section


def limit(cast: Cast, *sections: Section) -> None:
    Enrolment.objects.get(course=cast.course, user=cast.assistant).limited_to.set(sections)


@pytest.mark.parametrize("who", EVERYBODY)
def test_only_teachers_and_the_admin_decide(cast: Cast, who: str):
    assert may_manage(somebody(cast, who), cast.course) == (who in {"teacher", "admin"})


@pytest.mark.parametrize("who", EVERYBODY)
def test_students_are_listed_to_those_who_teach_them(cast: Cast, who: str):
    seen = set(students_visible_to(somebody(cast, who), cast.course))

    assert seen == ({cast.student, cast.classmate} if who in {"assistant", "teacher", "admin"} else set())


def test_a_limited_assistant_sees_their_sections_alone(cast: Cast):
    mine, theirs = a_submission(cast), a_submission(cast, student=cast.classmate)
    limit(cast, a_section(cast, "A", cast.student))

    assert set(work_visible_to(cast.assistant, Submission.objects.all())) == {mine}
    assert set(students_visible_to(cast.assistant, cast.course)) == {cast.student}
    assert may_teach(cast.assistant, cast.course)
    assert set(work_visible_to(cast.teacher, Submission.objects.all())) == {mine, theirs}


def test_an_assistant_limited_to_an_empty_section_sees_nobody(cast: Cast):
    a_submission(cast)
    limit(cast, a_section(cast, "A"))

    assert not work_visible_to(cast.assistant, Submission.objects.all()).exists()
    assert not students_visible_to(cast.assistant, cast.course).exists()


def test_two_sections_of_one_assistant_show_each_work_once(cast: Cast):
    mine, theirs = a_submission(cast), a_submission(cast, student=cast.classmate)
    limit(cast, a_section(cast, "A", cast.student), a_section(cast, "B", cast.classmate))

    assert sorted(work_visible_to(cast.assistant, Submission.objects.all()).values_list("pk", flat=True)) == [mine.pk, theirs.pk]
    assert students_visible_to(cast.assistant, cast.course).count() == 2


def test_a_limit_binds_assistants_not_teachers(cast: Cast):
    a_submission(cast)
    limit(cast, a_section(cast, "A"))
    Enrolment.objects.filter(user=cast.assistant).update(role=Role.TEACHER)

    assert work_visible_to(cast.assistant, Submission.objects.all()).count() == 1


@pytest.mark.parametrize("who", EVERYBODY)
def test_visible_students_are_one_query(cast: Cast, who: str, django_assert_max_num_queries: Any):
    person = somebody(cast, who)

    with django_assert_max_num_queries(1):
        list(students_visible_to(person, cast.course))


def test_visible_work_is_one_query(cast: Cast, django_assert_num_queries: Any):
    a_submission(cast)

    with django_assert_num_queries(1):
        list(work_visible_to(cast.assistant, Submission.objects.all()))


def test_sections_say_how_many_students_they_have(cast: Cast, django_assert_num_queries: Any):
    a_section(cast, "B", cast.student, cast.classmate)
    a_section(cast, "A")

    with django_assert_num_queries(1):
        found = [(section.name, vars(section)["students"]) for section in sections_of(cast.course)]

    assert found == [("A", 0), ("B", 2)]


def test_of_extensions_the_newest_applies_and_an_empty_one_takes_it_back(cast: Cast, django_assert_num_queries: Any):
    def give(**fields: Any) -> Extension:
        return Extension.objects.create(student=cast.student, assignment=cast.lab, reason="ill", given_by=cast.teacher, **fields)

    assert extension_of(cast.student, cast.lab) is None
    give(due_at=timezone.now())
    newest = give(due_at=timezone.now() + timedelta(days=1), more_attempts=1)
    with django_assert_num_queries(1):
        assert extension_of(cast.student, cast.lab) == newest
    with django_assert_num_queries(1):
        assert extensions_of(cast.course) == {(cast.student.pk, cast.lab.pk): newest}
    assert extensions_of(cast.other_course) == {}

    give()

    assert extension_of(cast.student, cast.lab) is None
    assert extensions_of(cast.course) == {}

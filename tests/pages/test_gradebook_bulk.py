"""Actions for several students of the gradebook at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from assignments.models import Course
from grader.accounts.models import Enrolment, Extension, Section

BOOK = "/courses/zoo/gradebook/"


def extend(client, *students, **more):
    fields = {"action": "extension", "step": "apply", "s": [one.public_id for one in students], "wanted": "?name=x"}
    given = {"assignment": "everything", "due": "2030-01-02T18:30", "reason": "ill", "closes": "", "more": ""}
    return client.post(f"{BOOK}bulk", fields | given | more)


def test_ticked_students_are_named_before_anything_is_given(whole_class, at):
    page = at(whole_class.teacher).post(f"{BOOK}bulk", {"action": "extension", "s": [whole_class.student.public_id]})

    assert "For 1 student" in page.text
    assert "Ёлкина Анна" in page.text
    assert not Extension.objects.exists()


def test_with_nobody_ticked_it_is_for_all_whom_the_filter_shows(whole_class, at):
    client = at(whole_class.teacher)

    narrowed = client.post(f"{BOOK}bulk", {"action": "extension", "wanted": "?state=broken"}).text
    everybody = client.post(f"{BOOK}bulk", {"action": "extension", "wanted": ""}).text

    assert "For 1 student<" in narrowed
    assert "For 14 students" in everybody


def test_an_extension_is_given_to_each_on_the_clock_of_the_course(whole_class, at):
    Course.objects.filter(pk=whole_class.course.pk).update(time_zone="Asia/Yekaterinburg")
    done = extend(at(whole_class.teacher), whole_class.student, whole_class.classmate, more="2")

    rows = Extension.objects.all()
    assert done.status_code == 302 and done.headers["Location"].endswith("/gradebook/?name=x")
    assert {row.student_id for row in rows} == {whole_class.student.pk, whole_class.classmate.pk}
    assert set(rows.values_list("more_attempts", "reason")) == {(2, "ill")}
    assert {row.due_at for row in rows} == {datetime(2030, 1, 2, 13, 30, tzinfo=UTC)}
    assert all(row.given_by == whole_class.teacher for row in rows)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reason": ""}, "Say why"),
        ({"due": ""}, "Give a later date, or more attempts."),
        ({"due": "tomorrow"}, "Give a date and a time"),
        ({"due": "2030-13-45T99:00"}, "Give a date and a time"),
        ({"more": "-1"}, "a whole number from 0 to 100"),
        ({"more": "9" * 1900}, "a whole number from 0 to 100"),
        ({"due": "2020-01-02T18:30"}, "not later than the due date of everybody"),
        ({"closes": "2029-01-02T18:30"}, "It would close before it is due."),
        ({"more": "x", "reason": ""}, "a whole number from 0 to 100"),
        ({"assignment": "nothing"}, "Choose an assignment."),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(whole_class, at, fields, says):
    page = extend(at(whole_class.teacher), whole_class.student, **fields)

    assert page.status_code == 422
    assert says in page.text
    assert not Extension.objects.exists()
    assert "reason" in fields or ">ill</textarea>" in page.text


def test_a_regrade_is_begun_on_its_own_page_with_the_students_named(whole_class, at):
    client = at(whole_class.teacher)
    page = client.post(f"{BOOK}bulk", {"action": "regrade", "s": [whole_class.student.public_id]}).text

    assert re.search(r'method="get" action="/courses/zoo/regrades/"', page)
    assert 'name="students" value="anna"' in page
    assert client.get("/courses/zoo/regrades/", {"assignment": "everything", "students": "anna"}).status_code == 200


def test_a_thousand_ticked_students_are_not_too_many(whole_class, at):
    strangers = [f"usr_{number}" for number in range(1200)]
    page = at(whole_class.teacher).post(f"{BOOK}bulk", {"action": "extension", "s": [whole_class.student.public_id, *strangers]})

    assert page.status_code == 200
    assert "For 1 student<" in page.text
    assert page.text.count('name="s"') == 1
    assert extend(at(whole_class.teacher), whole_class.student, s=f"{whole_class.student.public_id} ").status_code == 302
    assert [row.student for row in Extension.objects.all()] == [whole_class.student]


def test_a_regrade_of_everybody_names_nobody_so_that_its_address_stays_short(whole_class, at):
    page = at(whole_class.teacher).post(f"{BOOK}bulk", {"action": "regrade", "wanted": ""}).text

    assert "For 14 students" in page
    assert 'name="students" value=""' in page


@pytest.mark.parametrize(
    ("person", "status"),
    [("student", 404), ("classmate", 404), ("other_teacher", 404), ("assistant", 403), ("teacher", 302), ("admin", 302)],
)
def test_who_gives_extensions(whole_class, at, person, status):
    assert extend(at(whole_class.cast[person]), whole_class.student).status_code == status
    assert Extension.objects.exists() is (status == 302)


def test_an_assistant_is_offered_only_what_they_may(whole_class, at):
    page = at(whole_class.assistant).get(BOOK).text

    assert 'value="export"' in page
    assert 'value="extension"' not in page
    assert 'value="regrade"' not in page


def test_a_student_of_another_course_can_not_be_slipped_in(whole_class, at):
    stranger = whole_class.other_teacher
    section = Section.objects.create(course=whole_class.course, name="A")
    Enrolment.objects.filter(user=whole_class.student).update(section=section)

    done = extend(at(whole_class.teacher), whole_class.student, stranger)

    assert done.status_code == 302
    assert list(Extension.objects.values_list("student", flat=True)) == [whole_class.student.pk]

"""One cell of the gradebook: what the panel says, and setting a grade by hand in it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from grader.accounts.models import Enrolment, Section
from grader.gradebook.models import Grade, GradeChange

HTMX = {"HX-Request": "true"}


def place(world, student=None, slug="everything") -> str:
    return f"/courses/zoo/gradebook/{(student or world.student).public_id}/{slug}"


def override(client, world, *, score="3,5", reason="said so aloud", seen=None, headers=None, **more):
    seen = Grade.objects.get(student=world.student, assignment=world.everything).version if seen is None else seen
    fields = {"score": score, "reason": reason, "seen": seen, **more}
    return client.post(f"{place(world)}/override", fields, headers=headers or {})


def test_a_cell_says_how_its_grade_came_about(whole_class, at):
    page = at(whole_class.teacher).get(place(whole_class)).text

    assert "Ёлкина Анна" in page
    assert "Attempt 2 counts: 6 of 6 by its run." in page
    assert page.count("Attempt 1") == 1  # the other attempt, with its link
    assert "<strong>Graded</strong>" in page


def test_the_panel_is_the_same_part_without_the_page_around_it(whole_class, at):
    client = at(whole_class.teacher)

    fragment = client.get(place(whole_class), headers=HTMX)
    page = client.get(place(whole_class))

    assert "<html" not in fragment.text
    assert "Attempt 2 counts" in fragment.text
    assert "<html" in page.text
    assert "HX-Request" in page.headers["Vary"]


def test_a_cell_without_work_says_so_and_can_be_graded_by_hand(world, at):
    client = at(world.teacher)

    before = client.get(place(world)).text
    client.post(f"{place(world)}/override", {"score": "2", "reason": "oral exam", "seen": "0"})

    assert "Nothing was handed in." in before
    grade = Grade.objects.get(student=world.student, assignment=world.everything)
    assert (grade.score, grade.overridden, grade.state) == (Decimal("2.00"), True, "graded")


def test_a_grade_is_set_with_a_reason_that_its_history_keeps(whole_class, at):
    done = override(at(whole_class.teacher), whole_class)

    grade = Grade.objects.get(student=whole_class.student, assignment=whole_class.everything)
    change = GradeChange.objects.filter(grade=grade).latest("version")
    assert done.status_code == 302
    assert (grade.score, grade.overridden) == (Decimal("3.50"), True)
    assert (change.reason, change.comment, change.changed_by) == ("override", "said so aloud", whole_class.teacher)


def test_after_it_is_set_the_panel_brings_its_cell(whole_class, at):
    panel = override(at(whole_class.teacher), whole_class, headers=HTMX).text

    assert re.search(r'<template data-cell><span data-letter="\w">◐ 3.5 <i>[^<]*✎ set by hand</i></span></template>', panel)
    assert "The grade is changed." in panel


def test_setting_it_can_be_taken_back(whole_class, at):
    client = at(whole_class.teacher)
    override(client, whole_class)

    override(client, whole_class, action="withdraw", reason="my mistake", score="")

    grade = Grade.objects.get(student=whole_class.student, assignment=whole_class.everything)
    assert (grade.score, grade.overridden) == (Decimal("6.00"), False)


def test_whoever_was_overtaken_is_told_and_loses_nothing_typed(whole_class, at):
    seen = Grade.objects.get(student=whole_class.student, assignment=whole_class.everything).version
    override(at(whole_class.assistant), whole_class, score="1", reason="faster")

    page = override(at(whole_class.teacher), whole_class, seen=seen)

    assert page.status_code == 422
    assert "Somebody changed this grade" in page.text
    assert "said so aloud" in page.text
    assert 'value="3,5"' in page.text
    assert Grade.objects.get(student=whole_class.student, assignment=whole_class.everything).score == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"reason": "  "}, "Say why"),
        ({"score": "many"}, "Give the points as a number"),
        ({"score": "7"}, "between 0 and 6"),
        ({"score": "-1"}, "Give the points as a number"),
        ({"score": "NaN"}, "Give the points as a number"),
        ({"score": "1e99"}, "Give the points as a number"),
        ({"score": "many", "reason": ""}, "Give the points as a number, such as 2.5 or 2,5. Say why"),
        ({"seen": "x"}, "Somebody changed"),
        ({"seen": "99"}, "Somebody changed"),
        ({"seen": "9" * 5000}, "Somebody changed"),
    ],
)
def test_what_can_not_be_taken_is_said_and_changes_nothing(whole_class, at, fields, says):
    before = list(GradeChange.objects.values_list("pk", flat=True))

    page = override(at(whole_class.teacher), whole_class, **fields)

    assert page.status_code == 422
    assert says in page.text
    assert list(GradeChange.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize(
    ("person", "status"),
    [("student", 404), ("classmate", 404), ("other_teacher", 404), ("teacher", 200), ("assistant", 200), ("admin", 200)],
)
def test_who_opens_a_cell_and_who_sets_it(whole_class, at, person, status):
    client = at(whole_class.cast[person])

    assert client.get(place(whole_class)).status_code == status
    assert override(client, whole_class).status_code == (302 if status == 200 else 404)


def test_a_limited_assistant_opens_and_sets_only_what_is_theirs(whole_class, at):
    section = Section.objects.create(course=whole_class.course, name="A")
    Enrolment.objects.get(user=whole_class.assistant).limited_to.set([section])
    Enrolment.objects.filter(user=whole_class.classmate).update(section=section)
    client = at(whole_class.assistant)

    assert client.get(place(whole_class)).status_code == 404
    assert override(client, whole_class).status_code == 404
    assert client.get(place(whole_class, whole_class.classmate)).status_code == 200


def test_a_cell_of_nobody_or_nothing_is_not_found(whole_class, at):
    client = at(whole_class.teacher)

    assert client.get(place(whole_class, slug="nothing")).status_code == 404
    assert client.get(place(whole_class, whole_class.teacher)).status_code == 404


def test_a_name_and_a_reason_cannot_become_markup(whole_class, at):
    type(whole_class.student).objects.filter(pk=whole_class.student.pk).update(last_name="<img src=x onerror=alert(1)>")
    client = at(whole_class.teacher)
    override(client, whole_class, reason="<script>alert(2)</script>")

    panel = client.get(place(whole_class), headers=HTMX).text

    assert "<img src=x" not in panel
    assert "<script" not in panel

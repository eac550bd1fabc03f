"""The rules of an assignment: who may set them, what is foreseen is what happens, and what is wrong is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from assignments.models import Assignment, Course
from grader.accounts.models import Extension, Role
from grader.gradebook.models import Grade
from grader.gradebook.policies import RulesChanged, rules_foresee, rules_of, rules_set
from grader.gradebook.services import run_record
from grader.submissions.models import Submission
from tests.factories import a_cast, a_claim, a_result, a_submission
from tests.factories import graded as graded_lab
from tests.pages.world import World, enrol, graded, hand_in, person, record

PEOPLE = ("student", "classmate", "teacher", "assistant", "other_teacher", "admin")
LIST, PAGE = "/courses/zoo/settings/", "/courses/zoo/settings/everything/"
EMPTY = {"policy": "best", "attempts": "5", "minutes": "", "opens_at": "", "due_at": "", "closes_at": ""}


def seal(world: World) -> str:
    return rules_of(Assignment.objects.get(pk=world.everything.pk)).seal


def rules(world: World, **fields: object):
    """What a browser sends for rules that differ in these fields from none at all."""
    return {**EMPTY, "seen": seal(world), **fields}


@pytest.fixture
def late(world: World) -> Submission:
    """Handed in now; due two hours ago."""
    Assignment.objects.filter(pk=world.everything.pk).update(due_at=timezone.now() - timedelta(hours=2))
    return record(hand_in(world), graded(full=True))


def local(moment: datetime) -> str:
    """As the clock of this course shows it (Moscow)."""
    return (moment.astimezone(UTC) + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")


def two_hours_ago() -> str:
    return local(timezone.now() - timedelta(hours=2))


@pytest.mark.parametrize("name", PEOPLE)
def test_only_a_teacher_of_the_course_sets_its_rules(world, at, name):
    client, manages = at(world.cast[name]), name in ("teacher", "admin")

    got = (client.get(LIST).status_code, client.get(PAGE).status_code)
    client.post(PAGE, rules(world, attempts="2", sure="1"))

    assert got == ((200, 200) if manages else (404, 404))
    assert Assignment.objects.get(pk=world.everything.pk).attempts_allowed == (2 if manages else 5)


def test_a_limited_assistant_and_a_stranger_do_not(world, at, limited_to):
    assert at(limited_to(world, world.student)).get(PAGE).status_code == 404
    assert at(None).get(PAGE)["Location"].startswith("/login/")


def test_what_would_change_is_shown_before_anything_does(world, at, late):
    fields = rules(world, due_at=two_hours_ago(), hours=["0", "24", ""], percent=["25", "50", ""])

    page = at(world.teacher).post(PAGE, fields).text

    assert "1 grade would change." in page
    assert "Ёлкина Анна" in page
    assert re.search(r"<strong>4[.]5</strong>", page)
    assert Grade.objects.get().score == 6
    assert not Assignment.objects.get(pk=world.everything.pk).late_steps


def test_sent_again_as_the_page_shows_it_the_change_is_made_with_its_history(world, at, late):
    client = at(world.teacher)
    fields = rules(world, due_at=two_hours_ago(), hours=["0"], percent=["25"], comment="As agreed")
    page = client.post(PAGE, fields).text
    first = page.split('name="sure"')[0].rsplit("<form", 1)[1]
    again = [(name, value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', first) if name != "csrfmiddlewaretoken"]

    said = client.post(PAGE, {**dict(again), "sure": "1"}, follow=True).text

    change = Grade.objects.get().history.latest("version")
    assert "The rules are set; 1 grade changed." in said
    assert (str(change.score_from), str(change.score_to), change.reason) == ("6.00", "4.50", "late_policy")
    assert (change.changed_by, change.comment) == (world.teacher, "As agreed")
    assert str(Grade.objects.get().penalty) == "1.50"


def test_what_is_foreseen_is_what_happens_for_everybody(world, late):
    record(hand_in(world, world.classmate), graded())
    Extension.objects.create(
        student=world.classmate, assignment=world.everything, due_at=timezone.now() + timedelta(hours=1), reason="r",
        given_by=world.teacher,
    )  # fmt: skip
    now = rules_of(Assignment.objects.get(pk=world.everything.pk))
    wanted = replace(now, policy="last", late_steps=((0.0, 10.0),))

    foreseen = {one.grade.student: one.then.score for one in rules_foresee(world.everything, wanted) if one.score_changes}
    rules_set(assignment=world.everything, rules=wanted, by=world.teacher, comment="c", seen=now.seal)

    assert foreseen == {world.student: Grade.objects.get(student=world.student).score}
    assert str(Grade.objects.get(student=world.classmate).score) == "1.50"
    assert rules_foresee(world.everything, wanted) == []


def test_whoever_was_overtaken_sees_what_there_is_now_and_may_go_on(world, at, late):
    client, seen = at(world.teacher), seal(world)
    Assignment.objects.filter(pk=world.everything.pk).update(policy="last")
    fields = rules(world, due_at=two_hours_ago(), sure="1") | {"seen": seen}

    response = client.post(PAGE, fields)

    assert response.status_code == 409
    assert "Somebody was faster than you" in response.text
    assert Assignment.objects.get(pk=world.everything.pk).policy == "last"
    assert client.post(PAGE, fields | {"seen": seal(world)}).status_code == 302
    assert Assignment.objects.get(pk=world.everything.pk).policy == "best"


def test_rules_of_another_seal_are_not_set(world):
    now = rules_of(world.everything)

    with pytest.raises(RulesChanged):
        rules_set(assignment=world.everything, rules=now, by=world.teacher, comment="c", seen="0" * 16)


def test_a_date_is_meant_on_the_clock_of_the_course(world, at):
    Course.objects.filter(pk=world.course.pk).update(time_zone="Asia/Yekaterinburg")

    at(world.teacher).post(PAGE, rules(world, due_at="2026-12-01T23:59", sure="1"))

    assert Assignment.objects.get(pk=world.everything.pk).due_at == datetime(2026, 12, 1, 18, 59, tzinfo=UTC)
    assert 'value="2026-12-01T23:59"' in at(world.teacher).get(PAGE).text


def test_late_steps_are_shown_as_the_reader_writes_numbers_and_read_back_the_same(world, at):
    due = timezone.now() + timedelta(days=2)
    Assignment.objects.filter(pk=world.everything.pk).update(due_at=due, late_steps=[[0.5, 12.5]])

    russian, english = (at(world.teacher, language).get(PAGE).text for language in ("ru", "en"))

    assert 'name="hours" value="0,5"' in russian and 'name="percent" value="12,5"' in russian
    assert 'name="hours" value="0.5"' in english and 'name="percent" value="12.5"' in english
    sent = rules(world, due_at=local(due), hours=["0,5"], percent=["12,5"])
    assert at(world.teacher, "ru").post(PAGE, sent).status_code == 302  # these are the rules already


def test_the_clock_of_the_course_is_set_and_moves_no_deadline(world, at):
    before = Assignment.objects.get(pk=world.everything.pk).due_at

    at(world.teacher).post(LIST, {"time_zone": "Asia/Omsk"})
    at(world.teacher).post(LIST, {"time_zone": "Mars/Olympus"})

    assert Course.objects.get(pk=world.course.pk).time_zone == "Asia/Omsk"
    assert Assignment.objects.get(pk=world.everything.pk).due_at == before


def test_a_date_that_was_left_alone_stays_to_the_second(world, at):
    before = Assignment.objects.get(pk=world.everything.pk).due_at
    client = at(world.teacher)
    shown = re.search(r'id="due_at" value="([^"]*)"', client.get(PAGE).text)

    assert shown is not None
    client.post(PAGE, rules(world, due_at=shown[1], attempts="3", sure="1"))

    after = Assignment.objects.get(pk=world.everything.pk)
    assert (after.due_at, after.attempts_allowed) == (before, 3)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"policy": "worst"}, "Choose which attempt counts."),
        ({"attempts": "many"}, "Give a whole number from 1 to 1000."),
        ({"minutes": "-5"}, "Give a whole number from 0 to 10080."),
        ({"due_at": "tomorrow"}, "Give a date and a time"),
        ({"opens_at": "2026-12-02T10:00", "due_at": "2026-12-01T10:00"}, "It would be due before it opens."),
        ({"due_at": "2026-12-02T10:00", "closes_at": "2026-12-01T10:00"}, "It would close before it is due."),
        ({"opens_at": "2026-12-02T10:00", "closes_at": "2026-12-01T10:00"}, "It would close before it opens."),
        ({"hours": "0", "percent": "10"}, "Late steps need a date by which it is due."),
        ({"due_at": "2026-12-02T10:00", "hours": "0", "percent": "110"}, "at most 100 %."),
        ({"due_at": "2026-12-02T10:00", "hours": ["24", "24"], "percent": ["10", "20"]}, "Each step must come later"),
        ({"due_at": "2026-12-02T10:00", "hours": ["0", "24"], "percent": ["20", "10"]}, "Each step must come later"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_set(world, at, fields, said):
    before = rules_of(Assignment.objects.get(pk=world.everything.pk))

    response = at(world.teacher).post(PAGE, rules(world, sure="1", **fields))

    assert response.status_code == 422
    assert said in response.text
    assert rules_of(Assignment.objects.get(pk=world.everything.pk)) == before


def test_rules_that_are_the_same_change_nothing_and_that_is_said(world, at):
    Assignment.objects.filter(pk=world.everything.pk).update(due_at=None)

    assert "Nothing was changed" in at(world.teacher).post(PAGE, rules(world), follow=True).text


def test_what_would_happen_takes_as_many_queries_for_twenty_students_as_for_one(world, late, django_assert_num_queries):
    for number in range(19):
        other = person(f"s{number}", f"Last{number}", "First")
        enrol(other, world.course, Role.STUDENT)
        record(hand_in(world, other), graded(full=True))
    now = rules_of(Assignment.objects.get(pk=world.everything.pk))
    wanted = replace(now, late_steps=((0.0, 10.0),))

    with django_assert_num_queries(8):
        assert len(rules_foresee(world.everything, wanted)) == 20


def test_a_course_without_assignments_says_so(world, at):
    Assignment.objects.update(current_version=None)

    assert "No assignments yet" in at(world.teacher).get(LIST).text


@pytest.mark.django_db(transaction=True)
def test_whatever_is_graded_while_the_rules_change_ends_under_the_new_ones():
    cast = a_cast()
    cast.lab.due_at = timezone.now() - timedelta(hours=2)
    cast.lab.save()
    graded_lab(cast, 3.0)

    for number in range(6):
        claim = a_claim(
            a_submission(cast, student=cast.classmate if number % 2 else cast.student, cell=f"print({number}, 'new')")
        )
        now = rules_of(Assignment.objects.get(pk=cast.lab.pk))
        wanted = replace(now, policy="last" if number % 2 else "best", late_steps=((0.0, 10.0 * (number + 1)),))
        jobs = [
            partial(run_record, claim, a_result(2.0)),
            partial(rules_set, assignment=cast.lab, rules=wanted, by=cast.teacher, comment="c", seen=now.seal),
        ]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(alone, jobs))

        assert rules_of(Assignment.objects.get(pk=cast.lab.pk)) == wanted
        assert rules_foresee(cast.lab, wanted) == []


def alone(job: Callable[[], object]) -> None:
    """In a thread with a database connection of its own."""
    try:
        job()
    finally:
        connection.close()

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from grader.accounts.models import User
from grader.gradebook.services import submission_receive
from tests.pages.world import graded, hand_in, record


def test_home_shows_my_courses_with_state_score_and_attempts_left(world, at):
    record(hand_in(world), graded())

    page = at(world.student).get("/").text

    assert "A zoo of pages" in page
    assert "Another course" not in page
    assert "<strong>1.5</strong> of 6" in page
    assert "4 attempts left" in page
    assert "not handed in" in page
    assert "Gradebook" not in page


def test_numbers_and_dates_are_as_the_reader_writes_them(world, at):
    record(hand_in(world), graded())

    russian, english = (at(world.student, language).get("/").text for language in ("ru", "en"))

    assert "<strong>1,5</strong> из 6" in russian
    assert "<strong>1.5</strong> of 6" in english
    due = world.everything.__class__.objects.get(pk=world.everything.pk).due_at
    assert f"{due.astimezone():%d.%m.%Y}" in russian
    assert f"{due.astimezone():%Y-%m-%d}" in english
    assert "(UTC+3)" in russian


def test_a_whole_assignment_without_points_is_not_passed_and_not_wrong(world, at):
    submission_receive(student=world.student, assignment=world.quiz, notebook=None, answers={"2.1": "no"})

    assert "не зачтено" in at(world.student, "ru").get("/").text
    assert "неверно" not in at(world.student, "ru").get("/").text


def test_the_teacher_gets_to_the_gradebook_from_home(world, at):
    assert 'href="/courses/zoo/gradebook/"' in at(world.teacher).get("/").text


def test_whoever_is_in_no_course_is_told_what_to_do(world, at):
    nobody = User.objects.create(username="nobody", password=make_password("x"))

    page = at(nobody).get("/").text

    assert "You are not in any course yet" in page
    assert "<code>nobody</code>" in page


def test_home_takes_a_fixed_number_of_queries(world, at, django_assert_num_queries):
    client = at(world.student)
    record(hand_in(world), graded())

    with django_assert_num_queries(7):  # session, person, courses, taught, assignments, grades, attempts
        client.get("/")

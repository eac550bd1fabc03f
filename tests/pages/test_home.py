"""My work: what is due, where I stand, and what the page says when there is nothing."""

from __future__ import annotations

import re
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from assignments.models import Assignment
from grader.accounts.models import Extension, User
from grader.gradebook.feedback import feedback_seen
from grader.gradebook.models import Comment
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


def test_home_leads_an_assistant_only_to_what_they_may_open(world, at):
    client = at(world.assistant)

    inside = set(re.findall(r'href="(/courses/zoo/[a-z]+/)"', client.get("/").text))

    assert "/courses/zoo/reviews/" in inside
    assert {address: client.get(address).status_code for address in inside} == dict.fromkeys(inside, 200)
    assert "/courses/zoo/regrades/" in at(world.teacher).get("/").text


def test_a_new_course_is_begun_from_home_by_the_admin_alone(world, at):
    assert 'href="/courses/new/"' in at(world.admin).get("/").text
    assert 'href="/courses/new/"' not in at(world.teacher).get("/").text


def test_whoever_is_in_no_course_is_told_what_to_do(world, at):
    nobody = User.objects.create(username="nobody", password=make_password("x"))

    page = at(nobody).get("/").text

    assert "You are not in any course yet" in page
    assert "<code>nobody</code>" in page


def test_home_takes_a_fixed_number_of_queries(world, at, django_assert_num_queries):
    client = at(world.student)
    record(hand_in(world), graded())

    with django_assert_num_queries(10):  # session, person, courses, taught, assignments, grades, extensions, attempts, feedback
        client.get("/")


def test_an_extension_moves_the_deadline_of_its_student_only(world, at):
    due = timezone.now() + timedelta(days=40)
    extension = {"assignment": world.everything, "due_at": due, "reason": "illness", "given_by": world.teacher}
    Extension.objects.create(student=world.student, **extension)

    mine, others = (at(person).get("/").text for person in (world.student, world.classmate))

    assert f"{due.astimezone():%Y-%m-%d}" in mine
    assert "with your extension" in mine
    assert "with your extension" not in others


def test_a_near_deadline_stands_out_until_all_points_are_earned(world, at):
    Assignment.objects.filter(slug="everything").update(due_at=timezone.now() + timedelta(hours=5))
    assert "minutes left</strong>" in at(world.student).get("/").text.replace("\xa0", " ")

    record(hand_in(world), graded(full=True))

    assert "minutes left</strong>" not in at(world.student).get("/").text.replace("\xa0", " ")


def test_a_course_in_which_nothing_can_be_handed_in_any_more_says_so(world, at):
    Assignment.objects.filter(course=world.course).update(closes_at=timezone.now() - timedelta(days=1))

    assert "This course is closed" in at(world.student).get("/").text
    assert "This course is closed" not in at(world.teacher).get("/").text


def test_points_so_far_are_those_of_all_assignments(world, at):
    record(hand_in(world), graded())

    assert "<strong>1.5</strong> of 7 points so far" in at(world.student).get("/").text


def test_a_word_from_a_teacher_is_announced_until_the_student_has_seen_it(world, at):
    submission = record(hand_in(world), graded())
    Comment.objects.create(submission=submission, author=world.teacher, text="Look at cell 3.")
    Comment.objects.create(submission=submission, author=world.teacher, text="For us.", private=True)

    announced = at(world.student).get("/").text
    feedback_seen(world.student, world.everything)

    assert "1 new note<" in announced
    assert f'href="/results/{submission.public_id}/"' in announced
    assert "new note" not in at(world.student).get("/").text
    assert "new note" not in at(world.classmate).get("/").text

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from grader.accounts.models import Enrolment, User
from grader.accounts.services import person_ensure


@pytest.fixture
def demo(db: None, settings: Any) -> Any:
    settings.GRADER_DEMO = True
    return settings


def test_the_demo_class_is_made_once_however_often_it_is_asked_for(demo: Any):
    for _ in range(2):
        call_command("demo", stdout=StringIO(), stderr=StringIO())

    assert User.objects.count() == 7
    assert Enrolment.objects.filter(course__slug="dl2", role="student").count() == 3
    assert authenticate(username="teacher", password="teacher") is not None


def test_a_password_that_was_changed_in_the_demo_stays_at_the_next_start(demo: Any):
    call_command("demo", stdout=StringIO(), stderr=StringIO())
    teacher = User.objects.get(username="teacher")
    teacher.set_password("a long one of my own")
    teacher.save()

    call_command("demo", stdout=StringIO(), stderr=StringIO())

    assert authenticate(username="teacher", password="teacher") is None
    assert authenticate(username="teacher", password="a long one of my own") is not None


def test_demo_people_are_refused_where_the_demo_is_off(db: None, settings: Any):
    settings.GRADER_DEMO = False

    with pytest.raises(CommandError, match="GRADER_DEMO=1"):
        call_command("demo")
    with pytest.raises(CommandError, match="GRADER_DEMO=1"):
        call_command("seed_class", students=3)
    assert not User.objects.exists()


def test_a_demo_password_opens_nothing_once_the_demo_is_off(demo: Any):
    person_ensure(username="student", password="student")
    person_ensure(username="careful", password="a long one of my own")
    demo.GRADER_DEMO = False

    assert authenticate(username="student", password="student") is None
    assert authenticate(username="careful", password="a long one of my own") is not None


def test_the_first_admin_is_made_once_with_a_password_that_is_shown_once(db: None):
    out = StringIO()
    call_command("first_admin", stdout=out)

    password = out.getvalue().rsplit(" ", 1)[-1].strip()
    assert authenticate(username="admin", password=password) is not None
    with pytest.raises(CommandError, match="an admin already"):
        call_command("first_admin")


def test_two_hundred_students_are_seeded_without_passwords(demo: Any):
    call_command("demo", stdout=StringIO(), stderr=StringIO())
    call_command("seed_class", students=200, stdout=StringIO())

    assert Enrolment.objects.filter(course__slug="dl2", role="student").count() == 203
    assert not User.objects.get(username="seed0001").has_usable_password()


def test_people_of_the_demo_have_e_mail_so_that_letters_can_be_seen(demo: Any):
    call_command("demo", stdout=StringIO(), stderr=StringIO())

    assert User.objects.get(username="student").email == "student@example.org"

"""Joining a section by its link, as somebody who is logged in, who has an account, and who has none."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.passwords import password_path
from grader.accounts.sections import section_close, section_open
from grader.accounts.services import person_ensure
from grader.events.models import Event
from tests.accounts.test_sections import a_section
from tests.factories import Cast

NEW = {"last_name": "Ёлкина", "first_name": "Вера", "email": "Vera@example.org"}


@pytest.fixture
def section(cast: Cast) -> Section:
    made = a_section(cast, "Group A")
    section_open(made)
    return made


def page(section: Section) -> str:
    return reverse("join", args=[section.join_code])


def asked() -> list[dict[str, str]]:
    return [event.data for event in Event.objects.filter(type="join.asked")]


def test_somebody_new_proves_the_e_mail_sets_a_password_and_joins(section: Section, at: Any):
    client = at(None)
    sent = client.post(page(section), NEW)
    assert "on its way to <strong>vera@example.org" in sent.text.lower()
    vera = User.objects.get(username="vera@example.org")
    assert not vera.enrolments.exists()
    assert asked() == [{"user_id": vera.public_id, "section_id": section.public_id}]

    form = client.get(password_path(vera, section.join_code), follow=True)
    password = {"new_password1": "a long one of my own", "new_password2": "a long one of my own"}
    joining = client.post(form.request["PATH_INFO"], password, follow=True)
    assert joining.request["PATH_INFO"] == page(section)
    client.post(page(section))

    enrolment = Enrolment.objects.get(user=vera)
    assert (enrolment.role, enrolment.section) == (Role.STUDENT, section)


def test_an_e_mail_that_is_known_gets_a_letter_and_the_page_says_the_same(section: Section, cast: Cast, at: Any):
    cast.student.email = "vera@example.org"
    cast.student.save()
    people = User.objects.count()

    known, new = at(None).post(page(section), NEW), at(None).post(page(section), {**NEW, "email": "new@example.org"})

    assert known.status_code == new.status_code == 200
    assert len(known.text.replace("Vera@", "new@")) == len(new.text)
    assert User.objects.count() == people + 1
    assert asked()[0]["user_id"] == cast.student.public_id


def test_who_has_an_account_is_led_back_to_the_link_after_log_in(section: Section, at: Any):
    assert f'href="/login/?next={page(section)}"' in at(None).get(page(section)).text


def test_who_is_logged_in_joins_with_one_button(section: Section, cast: Cast, at: Any):
    visitor = person_ensure(username="visitor", password=None)
    client = at(visitor)
    assert "You are logged in as visitor" in client.get(page(section)).text
    assert not visitor.enrolments.exists()  # reading the page joins nobody

    assert client.post(page(section))["Location"] == "/"
    assert "already" in client.get(page(section)).text
    client.post(page(section))

    assert visitor.enrolments.count() == 1


def test_a_link_moves_nobody_and_changes_no_role(section: Section, cast: Cast, at: Any):
    other = a_section(cast, "Group B", cast.student)

    answer = at(cast.student).post(page(section))
    teacher = at(cast.teacher).post(page(section))

    assert "ask your teacher to move you" in answer.text
    assert "You teach in this course" in teacher.text
    assert Enrolment.objects.get(user=cast.student).section == other
    assert Enrolment.objects.get(user=cast.teacher).role == Role.TEACHER


def test_a_student_without_a_section_gets_into_it(section: Section, cast: Cast, at: Any):
    at(cast.student).post(page(section))

    assert Enrolment.objects.get(user=cast.student).section == section


@pytest.mark.parametrize("who", ["nobody", "student", "teacher"])
def test_a_closed_or_mistyped_link_says_what_to_do(section: Section, cast: Cast, at: Any, who: str):
    client = at(None if who == "nobody" else getattr(cast, who))
    address = page(section)
    section_close(section)

    for path in (address, "/join/mistyped/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "ask your teacher for the present link" in answer.text


def test_what_is_missing_is_said_beside_its_field(section: Section, at: Any):
    answer = at(None).post(page(section), {**NEW, "email": "vera"})

    assert answer.status_code == 422
    assert 'id="id_email_error"' in answer.text
    assert 'value="Ёлкина"' in answer.text
    assert asked() == []


def test_a_link_is_no_way_to_flood_a_mailbox(section: Section, at: Any):
    for _ in range(8):
        assert at(None).post(page(section), NEW).status_code == 200

    assert len(asked()) == 3

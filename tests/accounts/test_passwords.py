"""Setting a password by a link: for those who forgot theirs and those who never had one, telling nobody who exists."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from grader.accounts.models import User
from grader.accounts.passwords import password_path, people_invite
from grader.events.models import Event
from tests.factories import Cast

NEW = "a long one of my own"


@pytest.fixture
def anna(cast: Cast) -> User:
    cast.student.email = "anna@example.org"
    cast.student.save()
    return cast.student


def ask(client: Any, email: str) -> Any:
    return client.post(reverse("password_forgotten"), {"email": email})


def asked() -> list[dict[str, str]]:
    return [event.data for event in Event.objects.filter(type="password.asked")]


def test_whoever_asks_sees_the_same_page_whether_the_e_mail_is_known_or_not(anna: User, at: Any):
    known, unknown = ask(at(None), "ANNA@example.org"), ask(at(None), "nobody@example.org")

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"]) == (302, "/password/sent/")
    assert at(None).get("/password/sent/").status_code == 200
    assert asked() == [{"user_id": anna.public_id}]


def test_no_letter_goes_to_a_disabled_account(anna: User, at: Any):
    anna.is_active = False
    anna.save()
    ask(at(None), anna.email)

    assert asked() == []


def test_nobodys_mailbox_is_flooded(anna: User, at: Any):
    assert [ask(at(None), anna.email).status_code for _ in range(9)] == [302] * 9

    assert len(asked()) == 3


def test_an_address_that_is_none_is_named_beside_the_field(db: None, at: Any):
    answer = ask(at(None), "anna@")

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'id="id_email_error"' in answer.text


def test_a_link_sets_the_password_once_and_logs_in(anna: User, at: Any):
    client, path = at(None), password_path(anna)
    form = client.get(path, follow=True)
    assert "student" in form.text
    assert path.split("/")[-2] not in form.request["PATH_INFO"]  # the token stays in no address

    done = client.post(form.request["PATH_INFO"], {"new_password1": NEW, "new_password2": NEW})

    assert done["Location"] == "/"
    assert client.get("/").status_code == 200
    anna.refresh_from_db()
    assert anna.check_password(NEW)
    assert "works no more" in at(None).get(path, follow=True).text


def test_a_poor_password_is_refused_with_the_reasons(anna: User, at: Any):
    client = at(None)
    form = client.get(password_path(anna), follow=True)

    answer = client.post(form.request["PATH_INFO"], {"new_password1": "student", "new_password2": "student"})

    assert answer.status_code == 422
    assert "at least 10 characters" in answer.text


def test_a_made_up_link_says_that_it_works_no_more(db: None, at: Any):
    for path in ("/password/set/MQ/c0ffee-0123456789/", "/password/set/%00/x-y/", "/password/set/999999/set-password/"):
        answer = at(None).get(path)
        assert answer.status_code == 200
        assert "works no more" in answer.text


def test_invitations_go_to_those_with_an_e_mail_and_without_a_password(anna: User, cast: Cast):
    cast.classmate.set_password(NEW)
    cast.classmate.email = "boris@example.org"
    cast.classmate.save()

    assert people_invite(people=[anna, cast.classmate, cast.assistant], course_slug="small") == 1
    assert [event.data for event in Event.objects.filter(type="person.invited")] == [{"user_id": anna.public_id}]


def test_ones_own_password_is_changed_by_whoever_knows_the_old_one(anna: User, at: Any):
    anna.set_password(NEW)
    anna.save()
    client = at(anna)
    fields = {"new_password1": "another long one", "new_password2": "another long one"}

    assert client.post(reverse("password_change"), {**fields, "old_password": "wrong"}).status_code == 422
    assert client.post(reverse("password_change"), {**fields, "old_password": NEW})["Location"] == "/settings/"
    assert client.get("/settings/").status_code == 200
    anna.refresh_from_db()
    assert anna.check_password("another long one")

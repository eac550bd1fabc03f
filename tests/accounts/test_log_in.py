"""Logging in: by name or e-mail, slowly for whoever guesses, and without a hint of who exists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from grader.accounts.models import Tries, User
from grader.accounts.throttle import log_in_limits, try_begin
from tests.factories import Cast

PASSWORD = "correct horse battery"


@pytest.fixture
def anna(cast: Cast) -> User:
    cast.student.email = "Anna@example.org"
    cast.student.set_password(PASSWORD)
    cast.student.save()
    return cast.student


def log_in(client: Any, username: str, password: str = "wrong") -> Any:
    return client.post(reverse("login"), {"username": username, "password": password})


def test_an_e_mail_opens_as_the_log_in_does_in_whatever_case(anna: User, at: Any):
    assert log_in(at(None), "student", PASSWORD).status_code == 302
    assert log_in(at(None), "anna@EXAMPLE.org", PASSWORD).status_code == 302


def test_an_e_mail_of_two_people_opens_neither(anna: User, cast: Cast, at: Any):
    cast.classmate.email = anna.email
    cast.classmate.save()

    assert log_in(at(None), anna.email, PASSWORD).status_code == 422


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait_and_is_told_how_long(anna: User, at: Any):
    client = at(None)
    assert [log_in(client, "student").status_code for _ in range(5)] == [422] * 5

    refused = log_in(client, "student", PASSWORD)

    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 30
    assert "seconds, at" in refused.text
    assert 'value="student"' in refused.text


def test_the_same_name_written_otherwise_is_the_same_name(anna: User, at: Any):
    """The form reads all of these as one person; else each would have five guesses of its own."""
    client = at(None)
    written = ["student", " student", "student\t", "\uff53tudent", " " * 200 + "student"]
    assert [log_in(client, name).status_code for name in written] == [422] * 5

    assert log_in(client, "student  ", PASSWORD).status_code == 429


def test_the_admins_pages_have_no_door_at_which_nobody_counts(anna: User, cast: Cast, at: Any):
    stranger = at(None)
    assert stranger.get("/admin/login/?next=/admin/accounts/")["Location"] == "/login/?next=/admin/accounts/"
    assert stranger.get("/admin/", follow=True).redirect_chain[-1][0] == "/login/?next=/admin/"
    assert stranger.post("/admin/login/", {"username": cast.admin.username, "password": "wrong"}).status_code == 405
    assert at(anna).get("/admin/", follow=True).status_code == 403
    assert at(cast.admin).get("/admin/").status_code == 200


def test_a_name_that_nobody_has_is_refused_in_the_same_words(anna: User, at: Any):
    def said(username: str) -> list[str]:
        client = at(None, address=f"198.51.100.{len(username)}")
        pages = [log_in(client, username) for _ in range(6)]
        words = pages[0].text.split("login-error", 1)[1].split("</div>")[0]
        return [str([page.status_code for page in pages]), words]

    assert said("student") == said("nobody")


def test_the_wait_ends_and_a_right_password_forgets_the_guesses(anna: User, at: Any):
    client = at(None)
    for _ in range(5):
        log_in(client, "student")
    Tries.objects.update(closed_until=timezone.now() - timedelta(seconds=1))

    assert log_in(client, "student", PASSWORD).status_code == 302
    assert not Tries.objects.filter(key__startswith="pair:").exists()
    assert [log_in(at(None), "student").status_code for _ in range(4)] == [422] * 4


def test_waits_grow_and_end_at_a_quarter_of_an_hour(db: None):
    limits = log_in_limits("student", "192.0.2.7")
    waits = []
    for _ in range(14):
        before = timezone.now()
        assert try_begin(limits) is None
        row = Tries.objects.get(key=limits[0].key)
        if row.closed_until:
            waits.append(round((row.closed_until - before).total_seconds()))
        Tries.objects.update(closed_until=None)

    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 900


def test_guessing_from_one_address_does_not_keep_others_out(anna: User, at: Any):
    for _ in range(6):
        log_in(at(None), "student")

    assert log_in(at(None, address="203.0.113.5"), "student", PASSWORD).status_code == 302


def test_a_hundred_names_from_one_address_are_slowed_down(db: None):
    closed = [try_begin(log_in_limits(f"name{number}", "192.0.2.9")) for number in range(70)]

    assert closed[:60] == [None] * 60
    assert all(closed[60:])


def test_an_hour_without_a_try_begins_anew(db: None):
    limits = log_in_limits("student", "192.0.2.7")
    for _ in range(5):
        try_begin(limits)
    Tries.objects.update(last_at=timezone.now() - timedelta(hours=2), closed_until=None)

    try_begin(limits)

    assert Tries.objects.get(key=limits[0].key).count == 1

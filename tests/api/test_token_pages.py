"""The page on which people make tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from grader.accounts.models import User
from grader.api.models import ApiToken, CourseRules
from grader.events.models import Event
from tests.api.callers import Caller

FORM = {"name": "Moodle", "scope": ["submissions:write", "grades:read"], "course": ["small"], "days": "30"}


@pytest.fixture
def at() -> Callable[[User], Client]:
    def client_of(user: User) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(user)
        return client

    return client_of


def _shown(page: bytes) -> str:
    found = re.search(r'id="fresh-token" value="(hgr_\w+)"', page.decode())
    assert found
    return found[1]


def test_a_token_is_shown_once(at, cast):
    client = at(cast.teacher)

    made = client.post("/tokens/add/", FORM)

    text = _shown(made.content)
    assert Caller(text).get("/me").json()["courses"] == ["small"]
    assert text not in client.get("/tokens/").content.decode()
    assert "no-store" in made["Cache-Control"]
    assert Event.objects.get(type="audit.token.created").data["by"]["person"] == cast.teacher.public_id


def test_a_token_without_name_scope_or_course_is_refused_and_what_was_typed_kept(at, cast):
    wrongs: list[dict[str, Any]] = [{"name": ""}, {"scope": []}, {"course": []}, {"course": ["other"]}, {"scope": ["nonsense"]}]
    for wrong in wrongs:
        page = at(cast.teacher).post("/tokens/add/", {**FORM, **wrong})

        assert page.status_code == 422
        assert not ApiToken.objects.exists()
    assert 'value="Moodle"' in page.content.decode()


def test_a_teacher_makes_neither_a_token_of_the_site_nor_an_admins(at, cast):
    for wrong in ({"whole_site": "on"}, {"scope": ["admin"]}):
        assert at(cast.teacher).post("/tokens/add/", {**FORM, **wrong}).status_code == 422


def test_an_admin_makes_a_token_of_the_site(at, cast):
    page = at(cast.admin).post("/tokens/add/", {**FORM, "course": [], "whole_site": "on", "scope": ["admin"]})

    assert Caller(_shown(page.content)).get("/me").json()["courses"] == ["other", "small"]


def test_a_token_is_replaced_and_revoked_by_its_buttons(at, api, cast):
    here = f"/tokens/{api.row.public_id}/"

    made = _shown(at(cast.teacher).post(here, {"do": "rotate"}).content)
    at(cast.teacher).post(here, {"do": "revoke"})

    assert (api.get("/me").status_code, Caller(made).get("/me").status_code) == (401, 200)


@pytest.mark.parametrize("person", ["student", "classmate", "assistant"])
def test_who_manages_no_course_has_no_such_page(at, cast, person):
    client = at(getattr(cast, person))

    assert client.get("/tokens/").status_code == 404
    assert client.post("/tokens/add/", FORM).status_code == 404
    assert client.post("/tokens/courses/small/", {"do": "on"}).status_code == 404


def test_another_courses_teacher_neither_sees_nor_ends_a_token(at, api, cast):
    client = at(cast.other_teacher)

    assert api.row.key not in client.get("/tokens/").content.decode()
    assert client.post(f"/tokens/{api.row.public_id}/", {"do": "revoke"}).status_code == 404
    assert client.post("/tokens/courses/small/", {"do": "on"}).status_code == 404
    assert api.get("/me").status_code == 200


def test_a_course_says_whether_it_enrols_unknown_students(at, cast):
    at(cast.teacher).post("/tokens/courses/small/", {"do": "on"})
    assert CourseRules.objects.get().provisions_students

    at(cast.teacher).post("/tokens/courses/small/", {"do": "off"})

    assert not CourseRules.objects.get().provisions_students
    assert Event.objects.filter(type="audit.course.rules").count() == 2


def test_a_visitor_is_asked_to_log_in(db):
    assert Client().get("/tokens/")["Location"].startswith("/login")

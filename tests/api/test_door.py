"""Who is let in, and what they are told who are not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from grader.accounts.models import Enrolment, User
from grader.api import limits
from grader.api.models import ApiToken
from grader.api.tokens import TokenRefused, token_create, token_revoke, token_rotate
from grader.events.models import Event
from tests.api.callers import Caller


def test_a_token_tells_what_it_may(api, cast):
    answer = api.get("/me")

    assert answer.status_code == 200
    assert answer.json()["courses"] == ["small"]
    assert answer["ETag"] and answer["X-Request-Id"].startswith("req_")


def test_without_a_token_nobody_is_let_in(db):
    answer = Caller().get("/me")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "token.missing"


def test_a_problem_is_in_the_callers_language_and_its_code_is_not(db):
    russian, english = Caller().get("/me", Accept_Language="ru").json(), Caller().get("/me").json()

    assert russian["code"] == english["code"]
    assert russian["title"] != english["title"] == "A token is required"


def test_a_token_in_the_address_or_a_cookie_is_not_looked_at(api):
    text, api.text = api.text, ""
    api.client.cookies["Authorization"] = f"Bearer {text}"

    assert api.get(f"/me?token={text}&access_token={text}").status_code == 401


def test_a_logged_in_person_needs_a_token_too(cast):
    caller = Caller()
    caller.client.force_login(cast.admin)

    assert caller.get("/me").status_code == 401


@pytest.mark.parametrize("text", ["hgr_short", "x" * 300, "hgr_" + "0" * 46, "ж"])
def test_what_is_no_token_is_turned_away_without_a_look_into_the_database(db, text, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Caller(text).get("/me") if text.isascii() else Caller("%D0%B6").get("/me")

    assert answer.status_code == 401
    assert answer.json()["code"] == "token.invalid"


def test_only_the_digest_of_a_token_is_kept(api):
    row = ApiToken.objects.get()

    assert api.text not in str(vars(row))
    assert len(row.digest) == 64


def test_a_revoked_token_lets_nobody_in(api, cast):
    token_revoke(api.row, by=cast.teacher)

    assert api.get("/me").json()["code"] == "token.revoked"


def test_an_expired_token_lets_nobody_in(token):
    old = token("grades:read", expires_at=timezone.now() - timedelta(seconds=1))

    assert old.get("/me").json()["code"] == "token.expired"


def test_a_rotated_token_is_taken_for_a_day_beside_the_new_one(api, cast):
    made, text = token_rotate(api.row, by=cast.teacher)

    assert api.get("/me").status_code == Caller(text).get("/me").status_code == 200
    api.row.refresh_from_db()
    assert timedelta(hours=23) < api.row.expires_at - timezone.now() <= timedelta(hours=24)
    assert made.scopes == api.row.scopes


def test_the_tokens_of_somebody_who_was_deactivated_let_nobody_in(api, cast):
    User.objects.filter(pk=cast.teacher.pk).update(is_active=False)

    assert api.get("/me").status_code == 401


def test_who_no_longer_manages_a_course_takes_their_tokens_with_them(api, cast):
    Enrolment.objects.filter(user=cast.teacher).update(role="assistant")

    assert api.get("/me").json()["courses"] == []


def test_a_token_of_the_site_sees_nothing_once_its_maker_is_no_admin(token, cast):
    whole = token("admin", by=cast.admin, courses=None)
    assert whole.get("/me").json()["courses"] == ["other", "small"]

    User.objects.filter(pk=cast.admin.pk).update(is_superuser=False)

    assert whole.get("/me").json()["courses"] == []


def test_a_teacher_makes_no_token_of_the_site_of_a_foreign_course_or_of_the_admins(cast):
    for courses, scope in (
        (None, "grades:read"),
        ([cast.other_course], "grades:read"),
        ([cast.course], "admin"),
        ([], "grades:read"),
    ):
        with pytest.raises(TokenRefused):
            token_create(name="x", scopes=[scope], courses=courses, by=cast.teacher)


def test_tokens_leave_an_audit_row_each(api, cast):
    token_rotate(api.row, by=cast.teacher, origin="127.0.0.1")
    token_revoke(api.row, by=cast.teacher)

    told = Event.objects.filter(type__startswith="audit.").values_list("type", flat=True)
    assert sorted(told) == ["audit.token.created", "audit.token.created", "audit.token.revoked", "audit.token.rotated"]
    assert api.text not in str(list(Event.objects.values_list("data", flat=True)))


def test_a_limit_says_how_much_is_left_and_then_when_to_come_again(api, settings):
    settings.GRADER_API_RATE = 2

    first, _, third = api.get("/me"), api.get("/me"), api.get("/me")

    assert first["RateLimit-Policy"] == '"token";q=2;w=60'
    assert first["RateLimit"].startswith('"token";r=1;t=')
    assert third.status_code == 429
    assert 1 <= int(third["Retry-After"]) <= 60


def test_without_redis_nobody_is_turned_away(api, settings, monkeypatch):
    settings.GRADER_API_RATE = 1
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limits._redis.cache_clear()
    try:
        assert [api.get("/me").status_code for _ in range(3)] == [200, 200, 200]
    finally:
        limits._redis.cache_clear()
        monkeypatch.setattr(limits, "_asked_in_vain_at", -limits.TROUBLE_S)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "route.unknown"),
        ("DELETE", "/me", 405, "method.not_allowed"),
        ("GET", "/api/v2/me", 404, "route.unknown"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(api, method, path, status, code):
    answer = api(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert status != 405 or answer["Allow"]


def test_who_accepts_no_json_is_told_so(api):
    assert api.get("/me", Accept="text/html").status_code == 406


def test_a_request_id_is_echoed_if_it_is_one(api):
    assert api.get("/me", X_Request_Id="abc-1").headers["X-Request-Id"] == "abc-1"
    assert api.get("/me", X_Request_Id="a b<c>").headers["X-Request-Id"].startswith("req_")


def test_what_is_known_is_not_sent_again(api):
    etag = api.get("/me")["ETag"]

    again = api.get("/me", If_None_Match=etag)

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_no_other_site_may_read_answers(api):
    assert "Access-Control-Allow-Origin" not in api.get("/me", Origin="https://elsewhere.example").headers


def test_health_is_open_to_all(db):
    assert Caller().get("/health").json()["status"] == "ok"

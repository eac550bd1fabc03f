"""What holds for every route, tried on one: retiring, trouble of ours, repeated requests at the same moment, large bodies."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import RequestFactory
from ninja import Schema

from grader import asgi
from grader.api import idempotency
from grader.api.conditional import etag_of, match_required, shown
from grader.api.declared import Retiring, Route
from grader.api.problems import Problem, problem_of
from grader.api.resources import health
from grader.api.routes import _answering
from grader.api.tokens import token_create
from grader.submissions.models import Submission
from tests.api.callers import Caller
from tests.factories import a_cast


class Thing(Schema):
    name: str


THING = Thing(name="a")


def _of_retiring(sunset: datetime) -> Any:
    retiring = Retiring(datetime(2026, 1, 1, tzinfo=UTC), sunset, "/api/v1/other")
    return _answering(Route("GET", "/x", lambda request: THING, Thing, retiring=retiring))


def test_a_route_that_will_go_says_since_when_until_when_and_what_instead():
    answer = _of_retiring(datetime(2999, 1, 1, tzinfo=UTC))(RequestFactory().get("/x"))

    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Tue, 01 Jan 2999 00:00:00 GMT"
    assert answer["Link"] == '</api/v1/other>; rel="successor-version"'


def test_a_route_that_is_gone_answers_410():
    with pytest.raises(Problem) as gone:
        _of_retiring(datetime.now(UTC) - timedelta(seconds=1))(RequestFactory().get("/x"))

    assert (gone.value.kind.status, gone.value.more["instead"]) == (410, "/api/v1/other")


def test_a_change_needs_the_version_that_was_seen():
    etag = etag_of(shown(THING))

    def status(**headers: str) -> int:
        try:
            match_required(RequestFactory().get("/x", headers=headers), THING)
        except Problem as problem:
            return problem.kind.status
        return 200

    assert status() == 428
    assert status(if_match='"another"') == 412
    assert status(if_match=f"W/{etag}") == 412  # a weak tag says nothing of bytes
    assert status(if_match=etag) == status(if_match=f'"x", {etag}') == 200


def test_trouble_of_ours_is_a_problem_with_a_request_id_and_tells_nothing_of_it(db, monkeypatch):
    def broken() -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(health, "waiting_summary", broken)

    answer = Caller().get("/health")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["request_id"] == answer["X-Request-Id"]
    assert "secret" not in answer.content.decode()


def test_without_a_database_the_answer_says_when_to_come_again():
    problem = problem_of(OperationalError("gone"))

    assert (problem.kind.status, problem.headers) == (503, {"Retry-After": "5"})


@pytest.mark.django_db(transaction=True)
def test_of_two_equal_requests_at_once_one_is_done_and_the_other_told_to_come_again():
    cast = a_cast()
    row, text = token_create(name="x", scopes=["submissions:write"], courses=[cast.course], by=cast.teacher)
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            assert idempotency._lock(f"{row.pk} POST /api/v1/assignments/small/quiz/submissions k-1")
            inside.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(20)
    fields = {"external_user_id": "lms-student", "answers": {"1.1": "a"}, "key": "k-1"}
    meanwhile = Caller(text).submit("/assignments/small/quiz/submissions", **fields)
    go_on.set()
    thread.join()
    after = Caller(text).submit("/assignments/small/quiz/submissions", **fields)

    assert (meanwhile.status_code, meanwhile.json()["code"], meanwhile["Retry-After"]) == (409, "idempotency.in_flight", "1")
    assert (after.status_code, Submission.objects.count()) == (201, 1)


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused_before_it_is_kept(announced):
    sent: list[dict[str, Any]] = []

    async def never(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        pytest.fail("all of it was read")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * 2**20, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-length", str(asgi.API_LIMIT + 1).encode())] if announced else []
    scope = {"type": "http", "path": "/api/v1/assignments/a/b/submissions", "headers": headers}

    async def asked() -> None:
        await asgi.limited(never)(scope, receive, send)

    asyncio.run(asked())

    told = json.loads(sent[1]["body"])
    assert (sent[0]["status"], told["code"], told["limit_bytes"]) == (413, "too_large", asgi.API_LIMIT)
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"


def test_an_etag_depends_on_what_is_shown_alone():
    assert etag_of(shown(Thing(name="a"))) == etag_of(shown(THING)) != etag_of(shown(Thing(name="b")))

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client

from grader import asgi
from tests.factories import Cast, a_submission, graded

MODELS: list[Any] = sorted(admin.site._registry, key=lambda found: found._meta.label)


def test_health_says_what_waits_and_for_how_long(cast: Cast, client: Client):
    a_submission(cast)

    answer = client.get("/healthz")

    assert answer.status_code == 200
    told = answer.json()
    assert (told["database"], told["redis"], told["runs_waiting"]) == ("ok", "ok", 1)
    assert told["oldest_waiting_s"] >= 0


@pytest.mark.parametrize("model", MODELS, ids=lambda found: found._meta.label)
def test_the_admin_shows_every_list_and_row_to_the_admin_alone(cast: Cast, client: Client, model: Any):
    graded(cast, 2.0)
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    client.force_login(cast.teacher)
    assert client.get(address).status_code == 302
    client.force_login(cast.admin)

    assert client.get(address).status_code == 200
    for row in model._default_manager.all()[:1]:
        assert client.get(f"{address}{row.pk}/change/").status_code == 200


def test_what_services_write_cannot_be_changed_in_the_admin(cast: Cast, client: Client):
    submission = graded(cast, 2.0)
    client.force_login(cast.admin)
    for address in ("submissions/run", "submissions/submission", "gradebook/grade", "submissions/taskresult"):
        assert client.get(f"/admin/{address}/add/").status_code == 403
        assert client.post(f"/admin/{address}/{submission.pk}/delete/", {"post": "yes"}).status_code in (302, 403)

    assert submission.runs.get().score == 2


def test_every_page_forbids_foreign_scripts_and_frames(db: None, client: Client):
    policy = client.get("/admin/login/").headers["Content-Security-Policy"]

    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy


def test_times_come_from_a_database_that_speaks_utc(db: None):
    with connection.cursor() as cursor:
        cursor.execute("SHOW timezone")
        assert cursor.fetchone() == ("UTC",)


class Web:
    """Speaks ASGI with the limited application: sends these parts of a body and keeps what is answered."""

    def __init__(self, parts: list[bytes], announced: int | None) -> None:
        self.parts, self.sent, self.read = parts, list[Any](), 0
        headers = [] if announced is None else [(b"content-length", str(announced).encode())]
        self.scope = {"type": "http", "headers": headers}

    async def receive(self) -> dict[str, Any]:
        self.read += 1
        body = self.parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self.parts)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def inner(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200})

    def ask(self) -> int:
        async def whole() -> None:
            await asgi.limited(self.inner, limit=100)(self.scope, self.receive, self.send)

        asyncio.run(whole())
        return int(self.sent[0]["status"])


def test_a_body_that_is_announced_too_large_is_refused_before_a_byte_is_read():
    web = Web([b"x"], announced=101)

    assert web.ask() == 413
    assert web.read == 0


def test_a_body_that_turns_out_too_large_is_cut_off():
    web = Web([b"x" * 60, b"x" * 60, b"x" * 60], announced=None)

    assert web.ask() == 413
    assert web.read == 2


def test_a_body_within_the_limit_passes():
    assert Web([b"x" * 60, b"x" * 40], announced=100).ask() == 200

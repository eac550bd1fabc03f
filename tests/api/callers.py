"""Whoever calls the API in these tests: a token as a teacher would make it, and a client that shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from grader.accounts.models import User
from grader.api.models import ApiToken
from grader.api.tokens import Scope, token_create
from tests.factories import Cast
from tests.plugins.running_site import RunningSite

BASE = "/api/v1"


@dataclass
class Caller:
    """Shows its token with each request, and reads English."""

    text: str = ""
    row: ApiToken | None = None
    client: Client = field(default_factory=Client)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {self.text}"} if self.text else {}
        given |= {"Accept-Language": "en"} | {name.replace("_", "-"): value for name, value in headers.items()}
        address = path if path.startswith("/api/") else BASE + path
        sent: dict[str, Any] = {}
        if body is not None:
            sent = {"data": json.dumps(body), "content_type": "application/json"}
        return self.client.generic(method, address, headers=given, **sent)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, {} if body is None else body, **headers)

    def submit(self, path: str, notebook: bytes | None = None, name: str = "lab.ipynb", /, **fields: Any) -> Any:
        """A multipart upload; `answers` as a mapping, `key` as the Idempotency-Key."""
        key = fields.pop("key", "")
        data = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in fields.items()}
        if notebook is not None:
            data["notebook"] = SimpleUploadedFile(name, notebook, "application/x-ipynb+json")
        headers = {"Authorization": f"Bearer {self.text}", "Accept-Language": "en"} | ({"Idempotency-Key": key} if key else {})
        return self.client.post(BASE + path, data, headers=headers)


@pytest.fixture
def token(cast: Cast) -> Callable[..., Caller]:
    """`token("grades:read", by=…, courses=…)`: a caller with such a token; the teacher's, for the course, unless told."""

    def make(*scopes: str, by: User | None = None, courses: Sequence[Any] | None = (), **more: Any) -> Caller:
        where = [cast.course] if courses == () else courses
        row, text = token_create(name="a test", scopes=scopes, courses=where, by=by or cast.teacher, **more)
        return Caller(text, row)

    return make


@pytest.fixture
def api(token: Callable[..., Caller]) -> Caller:
    """The teacher's token for the course, which may do everything but the admin's."""
    return token(*[scope for scope in Scope if scope is not Scope.ADMIN])


@pytest.fixture(scope="session")
def site_token(running_site: RunningSite) -> str:
    scopes = "submissions:write,submissions:read,grades:read,grades:write,rosters:read,rosters:write,webhooks:manage"
    return running_site.manage("token_create", "--name", "LMS", "--scope", scopes, "--course", "dl2").strip().splitlines()[-1]

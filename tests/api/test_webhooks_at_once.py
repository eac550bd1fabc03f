"""Several programs at one endpoint in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from grader.api.tokens import token_create
from grader.events.models import Event
from grader.lms.models import WebhookEndpoint
from tests.api.callers import Caller
from tests.api.test_webhook_endpoints import change, made
from tests.factories import a_cast

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act: Callable[[Caller, int], Any], text: str, times: int = 3) -> list[int]:
    def one(number: int) -> int:
        try:
            return int(act(Caller(text), number).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(one, range(times)))


@pytest.fixture
def text() -> str:
    cast = a_cast()
    return token_create(name="x", scopes=["webhooks:manage"], courses=[cast.course], by=cast.teacher)[1]


def test_of_several_changes_one_is_taken_and_the_others_told(text):
    here = made(Caller(text))
    seen = Caller(text).get(here)["ETag"]

    assert at_once(lambda caller, number: change(caller, here, seen, name=str(number)), text) == [200, 412, 412]


def test_one_that_is_deleted_several_times_is_deleted_once(text):
    here = made(Caller(text))

    assert at_once(lambda caller, number: caller("DELETE", here), text) == [204, 404, 404]
    assert Event.objects.filter(type="audit.endpoint.deleted").count() == 1


def test_secrets_that_are_rotated_side_by_side_leave_the_last_two_signing(text):
    here = made(Caller(text))
    shown: list[str] = []

    def rotate(caller: Caller, number: int) -> Any:
        told = caller.post(f"{here}/rotate_secret", Idempotency_Key=f"k-{number}")
        shown.append(told.json()["secret"])
        return told

    assert at_once(rotate, text) == [200, 200, 200]
    assert len(set(shown)) == 3 and set(WebhookEndpoint.objects.get().secrets()) < set(shown)

"""Messages of an endpoint through the API: what was told, why not, and telling it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from grader.events.models import Event
from grader.lms.models import WebhookEndpoint, WebhookMessage
from tests.api.callers import Caller
from tests.factories import graded
from tests.lms.conftest import loopback
from tests.lms.receiver import Receiver, receiver
from tests.lms.sending import an_event, send_all

__all__ = ["loopback"]


@pytest.fixture
def there(loopback: Any) -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def here(api: Caller, there: Receiver) -> str:
    """The address of an endpoint that sends to `there`."""
    wanted = {"url": there.url, "event_types": ["grade.changed", "run.finished"], "course": "small"}
    return f"/webhook_endpoints/{api.post('/webhook_endpoints', wanted, Idempotency_Key='new').json()['id']}"


def messages(api: Caller, here: str, query: str = "") -> list[dict[str, Any]]:
    told = api.get(f"{here}/messages{query}")
    assert told.status_code == 200, told.content
    return told.json()["data"]  # type: ignore[no-any-return]


def days(number: int) -> str:
    return (timezone.now() + timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def replay(api: Caller, here: str, key: str = "again", **fields: Any) -> Any:
    return api.post(f"{here}/replay", {"since": days(-1), "until": days(1)} | fields, Idempotency_Key=key)


def test_a_grade_that_was_told_is_listed_with_how_the_try_went(api, cast, here, there):
    graded(cast, 1.0)
    send_all()

    (one,) = messages(api, here, "?event_type=grade.changed")

    assert (one["state"], one["tries"], one["external_user_id"], one["course"]) == ("delivered", 1, "lms-student", "small")
    assert (one["last_try"]["kind"], one["last_try"]["status_code"], one["next_try_at"]) == ("delivered", 204, None)
    assert one["id"] in {headers["webhook-id"] for headers, _ in there.got}


def test_a_message_shows_the_very_bytes_that_were_signed(api, cast, here, there):
    graded(cast, 1.0)
    send_all()
    (one,) = messages(api, here, "?event_type=grade.changed")

    told = api.get(f"{here}/messages/{one['id']}").json()
    (sent,) = api.get(f"{here}/messages/{one['id']}/attempts").json()["data"]

    assert told["body"].encode() in [body for _, body in there.got]
    assert told["payload"] == json.loads(told["body"]) and told["payload"]["data"]["score"] == "1.00"
    secret = WebhookEndpoint.objects.get().secret
    assert Webhook(secret).verify(told["body"], sent["request_headers"]) == told["payload"]


def test_each_try_is_listed_oldest_first_with_what_came_back(api, here, there):
    there.status, there.body, there.headers = 500, b"out of order", {"X-Node": "7", "Content-Length": "12"}
    an_event(1)
    send_all()
    there.status, there.body, there.headers = 204, b"", {}
    (one,) = messages(api, here)
    waiting = one
    api.post(f"{here}/messages/{one['id']}/redeliver", Idempotency_Key="x")
    send_all()

    tries = api.get(f"{here}/messages/{one['id']}/attempts").json()["data"]

    assert (waiting["state"], waiting["next_try_at"] is not None, waiting["last_try"]["kind"]) == ("waiting", True, "server")
    assert [(row["kind"], row["status_code"], row["error"]) for row in tries] == [
        ("server", 500, "answered 500"),
        ("delivered", 204, ""),
    ]
    assert tries[0]["response_head"] == "out of order" and tries[0]["response_headers"]["x-node"] == "7"
    assert all(row["duration_ms"] >= 0 for row in tries)


def test_a_message_is_sent_again_under_the_same_id(api, here, there):
    an_event(1)
    send_all()
    (one,) = messages(api, here)

    first, repeated = (api.post(f"{here}/messages/{one['id']}/redeliver", Idempotency_Key="x") for _ in range(2))
    send_all()

    assert (first.json()["state"], repeated["Idempotency-Replayed"]) == ("waiting", "true")
    assert [headers["webhook-id"] for headers, _ in there.got] == [one["id"], one["id"]]


def test_a_ping_is_sent_and_its_message_says_how_it_went(api, here, there):
    there.status = 404
    told = api.post(f"{here}/ping", Idempotency_Key="p")
    send_all()

    now = api.get(told["Location"].removeprefix("http://testserver")).json()

    assert (told.status_code, told.json()["event_type"], told.json()["last_try"]) == (201, "endpoint.ping", None)
    assert (now["state"], now["last_try"]["kind"], now["payload"]["data"]) == (
        "given_up", "rejected", {"endpoint_id": here.rpartition("/")[2]}
    )  # fmt: skip


def test_a_time_is_replayed_whole_or_only_what_did_not_arrive(api, here, there):
    an_event(1)
    send_all()
    there.status = 500
    an_event(2)
    send_all()
    there.status = 204

    missed, everything, none = (
        replay(api, here, "a", delivered_too=False),
        replay(api, here, "b"),
        replay(api, here, "c", since=days(-3), until=days(-2)),
    )
    send_all()

    assert [told.json()["messages"] for told in (missed, everything, none)] == [1, 2, 0]
    assert sorted(json.loads(body)["data"]["number"] for _, body in there.got) == [1, 1, 2, 2]


@pytest.mark.parametrize("state", ["paused", "disabled"])
def test_an_endpoint_that_rests_is_not_told_again_until_it_goes_on(api, here, there, state):
    an_event(1)
    send_all()
    (one,) = messages(api, here)
    WebhookEndpoint.objects.update(state=state)

    for told in (replay(api, here), api.post(f"{here}/messages/{one['id']}/redeliver", Idempotency_Key="x")):
        assert (told.status_code, told.json()["code"], told.json()["endpoint_state"]) == (409, "endpoint.resting", state)
    assert WebhookMessage.objects.get().state == "delivered"
    api.post(f"{here}/resume")
    assert replay(api, here).status_code == 200


@pytest.mark.parametrize(
    ("since", "until"), [("2026-02-02T00:00:00Z", "2026-02-01T00:00:00Z"), ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z")]
)
def test_an_empty_time_is_not_replayed(api, here, since, until):
    told = replay(api, here, since=since, until=until)

    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/until")


def test_a_moment_without_a_zone_is_not_taken(api, here):
    told = replay(api, here, since="2026-02-01T00:00:00")

    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "/since")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [3, 2, 1]),
        ("?state=delivered", [3, 2]),
        ("?state=waiting", [1]),
        ("?event_type=run.finished", [3]),
        ("?external_user_id=lms-b", [2]),
        ("?external_user_id=lms", []),
        ("?since={now}", []),
        ("?until={now}", [3, 2, 1]),
        ("?state=delivered&external_user_id=lms-b&event_type=grade.changed", [2]),
    ],
)
def test_messages_are_chosen_by_state_type_student_and_time(api, here, there, query, numbers):
    there.status = 500
    an_event(1, external_user_id="lms-a")
    send_all()
    there.status = 204
    an_event(2, external_user_id="lms-b")
    an_event(3, event_type="run.finished", external_user_id="lms-c")
    send_all()
    number = {event.public_id: event.data["number"] for event in Event.objects.filter(data__has_key="number")}

    found = messages(api, here, query.format(now=days(1) if "until" in query else days(2)))

    assert [number[one["id"]] for one in found] == numbers


def test_messages_come_in_pages_newest_first(api, here, there):
    for index in range(5):
        an_event(index)
    send_all()

    seen, query = [], "?limit=2"
    while query:
        page = api.get(f"{here}/messages{query}").json()
        seen += [one["id"] for one in page["data"]]
        query = page["next_cursor"] and f"?limit=2&cursor={page['next_cursor']}"

    made = WebhookMessage.objects.order_by("-id").values_list("event__public_id", flat=True)
    assert seen == list(made) and len(seen) == 5


def test_a_page_of_messages_costs_the_same_number_of_queries_however_long(api, here, there, django_assert_max_num_queries):
    for index in range(12):
        an_event(index)
    send_all()

    with django_assert_max_num_queries(8):
        assert len(messages(api, here)) == 12


@pytest.mark.parametrize(
    "query",
    [
        "?state=lost",
        "?since=0001-01-01T00:00:00%2B16:42",
        "?since=yesterday",
        "?event_type=a%00b",
        "?external_user_id=%00",
        "?cursor=x",
        "?limit=0",
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(api, here, query):
    assert api.get(f"{here}/messages{query}").status_code in (400, 422)


def test_a_message_is_found_under_its_own_endpoint_alone(api, token, cast, here, there):
    wanted = {"url": there.url, "event_types": ["grade.changed"], "course": "small"}
    other = f"/webhook_endpoints/{api.post('/webhook_endpoints', wanted, Idempotency_Key='two').json()['id']}"
    api.post(f"{here}/ping", Idempotency_Key="p")
    (one,) = messages(api, here)
    foreign = token("webhooks:manage", by=cast.other_teacher, courses=[cast.other_course])

    for caller, where in ((api, other), (foreign, here)):
        assert caller.get(f"{where}/messages/{one['id']}").status_code == 404
        assert caller.get(f"{where}/messages/{one['id']}/attempts").status_code == 404
        assert caller.post(f"{where}/messages/{one['id']}/redeliver", Idempotency_Key="x").status_code == 404
    assert messages(api, other) == []

"""Pages of endpoints and messages: whose they are, what they say, and that a second click does no harm."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grader.events.models import Event
from grader.events.types import EVENT_TYPES
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.said import EVENTS, KINDS
from grader.lms.webhooks import kinds
from tests.factories import Cast
from tests.lms.receiver import Receiver
from tests.lms.sending import an_endpoint, an_event, send_all

At = Callable[..., Client]
FORM: dict[str, Any] = {
    "url": "https://lms.example/hook", "name": "Moodle", "event": ["grade.changed"], "course": "small", "concurrency": "2"
}  # fmt: skip
BUTTONS = ("pause", "rotate", "delete", "ping")
HOSTILE = '"><script>alert(1)</script>{{ 7|add:7 }}'


def page(client: Client, endpoint: WebhookEndpoint, query: str = "") -> str:
    told = client.get(reverse("lms:endpoint", args=[endpoint.public_id]) + query)
    assert told.status_code == 200
    return html.unescape(told.content.decode())


def do(client: Client, endpoint: WebhookEndpoint, button: str, **fields: str) -> Any:
    return client.post(reverse("lms:endpoint_do", args=[endpoint.public_id]), {"do": button} | fields)


def the_secret(content: bytes) -> str:
    found = re.search(r'id="fresh-secret" value="(whsec_[^"]+)"', content.decode())
    assert found
    return html.unescape(found[1])


def seen(client: Client, endpoint: WebhookEndpoint) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page(client, endpoint))
    assert found
    return found[1]


def test_an_endpoint_is_made_and_its_secret_shown_once(at: At, cast: Cast):
    client = at(cast.teacher)

    made = client.post(reverse("lms:endpoint_add"), FORM)

    row = WebhookEndpoint.objects.get()
    assert the_secret(made.content) == row.secret and "Standard Webhooks" in made.content.decode()
    assert (row.url, row.name, row.event_types, row.course) == (FORM["url"], "Moodle", ["grade.changed"], cast.course)
    assert "no-store" in made["Cache-Control"]
    assert f'<form method="get" action="{reverse("lms:endpoint", args=[row.public_id])}"' in made.content.decode()
    assert row.secret not in page(client, row) + client.get(reverse("lms:endpoints")).content.decode()
    assert Event.objects.get(type="audit.endpoint.made").data["by"]["person"] == cast.teacher.public_id


def test_a_second_click_makes_no_second_endpoint(at: At, cast: Cast):
    client = at(cast.teacher)
    client.post(reverse("lms:endpoint_add"), FORM)

    again = client.post(reverse("lms:endpoint_add"), FORM, follow=True)

    assert WebhookEndpoint.objects.count() == 1
    assert "made a moment ago" in again.content.decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "http://lms.example/"}, "Only https:// addresses"),
        ({"url": "https://10.0.0.1/"}, "not a public address"),
        ({"url": ""}, "Only https:// addresses"),
        ({"url": "https://lms.example/" + "x" * 500}, "at most 500 characters"),
        ({"event": []}, "Choose at least one event"),
        ({"event": ["audit.endpoint.made"]}, "Unknown events"),
        ({"course": "other"}, "Choose a course"),
        ({"course": ""}, "Choose a course"),
    ],
)
def test_what_is_wrong_is_said_by_the_field_and_what_was_typed_is_kept(at: At, cast: Cast, wrong: dict[str, Any], says: str):
    told = at(cast.teacher).post(reverse("lms:endpoint_add"), FORM | wrong)

    assert told.status_code == 422
    assert says in html.unescape(told.content.decode()) and 'value="Moodle"' in told.content.decode()
    assert WebhookEndpoint.objects.count() == 0


def test_only_an_admin_makes_and_sees_one_of_the_whole_site(at: At, cast: Cast):
    at(cast.admin).post(reverse("lms:endpoint_add"), FORM | {"course": ""})

    row = WebhookEndpoint.objects.get()
    assert row.course is None
    assert at(cast.teacher).get(reverse("lms:endpoint", args=[row.public_id])).status_code == 404


def _pages(endpoint: WebhookEndpoint, message: WebhookMessage) -> list[tuple[str, str]]:
    one = [endpoint.public_id]
    return [
        ("GET", reverse("lms:endpoint", args=one)),
        ("POST", reverse("lms:endpoint_change", args=one)),
        *(
            ("POST", reverse("lms:endpoint_do", args=one) + f"?{what}")
            for what in ("pause", "rotate", "delete", "ping", "replay")
        ),
        ("GET", reverse("lms:endpoint_replay", args=one)),
        ("POST", reverse("lms:endpoint_replay", args=one)),
        ("GET", reverse("lms:message", args=[*one, message.event.public_id])),
        ("POST", reverse("lms:message", args=[*one, message.event.public_id])),
    ]


@pytest.mark.parametrize("person", ["student", "classmate", "assistant", "other_teacher"])
def test_to_all_others_there_are_no_such_pages(at: At, cast: Cast, there: Receiver, person: str):
    endpoint = an_endpoint(there.url, course=cast.course)
    an_event(1)
    send_all()
    message = WebhookMessage.objects.select_related("event").get()
    before = (WebhookEndpoint.objects.values().get(), WebhookMessage.objects.values().get())
    client = at(getattr(cast, person))

    for method, address in _pages(endpoint, message):
        told = client.generic(
            method, address.partition("?")[0], f"do={address.partition('?')[2]}", "application/x-www-form-urlencoded"
        )
        assert told.status_code == 404, address
    assert (WebhookEndpoint.objects.values().get(), WebhookMessage.objects.values().get()) == before
    if person != "other_teacher":
        assert (
            client.get(reverse("lms:endpoints")).status_code == client.post(reverse("lms:endpoint_add"), FORM).status_code == 404
        )


def test_who_is_not_logged_in_is_asked_to(cast: Cast):
    assert Client().get(reverse("lms:endpoints")).status_code == 302


@pytest.mark.parametrize("what", ["pause", "ping", "rotate", "delete", "", "nonsense"])
def test_nothing_happens_by_a_link(at: At, cast: Cast, what: str):
    endpoint = an_endpoint("https://lms.example/", course=cast.course)

    assert at(cast.teacher).get(reverse("lms:endpoint_do", args=[endpoint.public_id]), {"do": what}).status_code == 405


def test_a_secret_is_rotated_once_however_often_its_button_is_pressed(at: At, cast: Cast):
    endpoint = an_endpoint("https://lms.example/", course=cast.course)
    client = at(cast.teacher)
    shown = seen(client, endpoint)

    first = do(client, endpoint, "rotate", seen=shown)
    second = do(client, endpoint, "rotate", seen=shown)

    now = WebhookEndpoint.objects.get()
    assert (the_secret(first.content), endpoint.secret) == (now.secret, now.secret_old)
    assert (second.status_code, Event.objects.filter(type="audit.endpoint.secret_rotated").count()) == (302, 1)
    assert do(client, endpoint, "rotate", seen=seen(client, endpoint)).status_code == 200


def test_an_endpoint_is_paused_let_go_on_changed_and_deleted(at: At, cast: Cast):
    endpoint = an_endpoint("https://lms.example/", course=cast.course)
    client = at(cast.teacher)

    do(client, endpoint, "pause")
    assert "paused" in page(client, endpoint)
    do(client, endpoint, "resume")
    client.post(reverse("lms:endpoint_change", args=[endpoint.public_id]), FORM | {"name": "Canvas", "event": ["run.finished"]})
    row = WebhookEndpoint.objects.get()
    assert (row.state, row.name, row.event_types) == ("active", "Canvas", ["run.finished"])
    do(client, endpoint, "delete")
    assert client.get(reverse("lms:endpoint", args=[endpoint.public_id])).status_code == 404
    assert WebhookEndpoint.objects.get().secret == ""


def test_a_change_that_is_refused_changes_nothing_and_keeps_what_was_typed(at: At, cast: Cast):
    endpoint = an_endpoint("https://lms.example/", course=cast.course)

    told = at(cast.teacher).post(
        reverse("lms:endpoint_change", args=[endpoint.public_id]), FORM | {"url": "https://127.0.0.1/", "name": "typed"}
    )

    assert (told.status_code, WebhookEndpoint.objects.get().url) == (422, "https://lms.example/")
    assert 'value="typed"' in told.content.decode() and "not a public address" in told.content.decode()


def test_every_type_and_every_end_of_a_try_has_its_words():
    assert set(EVENTS) == set(EVENT_TYPES)
    assert set(KINDS) == set(kinds.KINDS)


def test_the_list_of_endpoints_costs_the_same_however_long(at: At, cast: Cast):
    client, costs = at(cast.teacher), []

    for number in range(4):
        an_endpoint(f"https://lms.example/{number}", course=cast.course)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("lms:endpoints"))
        costs.append(len(asked))

    assert costs[1:] == [costs[1]] * 3

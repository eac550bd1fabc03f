"""Endpoints in every state with what they were told, and the ledger of a course in which each kind of line occurs.

Nothing is made up here: a receiver on loopback answers as it is told, and what came of it is what the pages show. The addresses
are changed afterwards into such as a teacher would read.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.test import override_settings
from django.urls import reverse

from assignments.models import Course
from grader.events.services import Actor
from grader.events.types import CHOSEN_FROM
from grader.gradebook.decisions import override_set
from grader.gradebook.models import Grade
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.delivery import endpoint_drain
from grader.lms.webhooks.outbox import events_dispatch
from grader.lms.webhooks.services import endpoint_create, endpoint_pause
from tests.lms.receiver import Receiver, receiver
from tests.pages.world import World

BY = Actor(source="the class of states")
# What a receiver may answer: nothing of it is ours, so nothing of it may act.
HOSTILE = '<!doctype html><script>alert(document.domain)</script><h1 onclick="x">Ошибка</h1>'.encode()
OPEN = {"GRADER_WEBHOOK_ALLOW": (ipaddress.ip_network("127.0.0.0/8"),), "GRADER_WEBHOOK_HTTP": True}


def lms_pages(world: World) -> list[tuple[str, str | None, str]]:
    with receiver() as there, override_settings(**OPEN):
        moodle = _moodle(there, world)
        failing, gone = _failing(there, world), _gone(there, world)
        paused = _made(there, world.course, "Тестовый контур", "https://lms-test.example.org/hook")
        endpoint_pause(paused, by=BY)
        _made(there, None, "Archive of the campus", "https://archive.example.org/grades?key=0123456789", *CHOSEN_FROM)
        _made(there, world.course, "", "https://hooks.example.org/" + "a-rather-long-part/" * 12)
    newest = moodle.messages.filter(event__type="grade.changed")
    states = {"delivered": newest.filter(state="delivered").first(), "waiting": newest.filter(state="waiting", tries=1).first()}
    endpoints = {"": moodle, "-failing": failing, "-gone": gone, "-paused": paused}
    return [
        ("endpoints", "vera", reverse("lms:endpoints")),
        ("endpoints-site", "root", reverse("lms:endpoints")),
        ("endpoints-none", "dina", reverse("lms:endpoints")),
        *((f"endpoint{name}", "vera", reverse("lms:endpoint", args=[one.public_id])) for name, one in endpoints.items()),
        ("endpoint-nothing-found", "vera", reverse("lms:endpoint", args=[moodle.public_id]) + "?student=zzz"),
        ("replay", "vera", reverse("lms:endpoint_replay", args=[moodle.public_id]) + "?span=week&what=all"),
        ("replay-nothing", "vera", reverse("lms:endpoint_replay", args=[paused.public_id])),
        *((f"message-{name}", "vera", _address(one)) for name, one in states.items()),
        ("message-failed", "vera", _address(failing.messages.filter(deliveries__isnull=False).first())),
        ("message-given-up", "vera", _address(gone.messages.filter(state="given_up").first())),
        ("ledger", "vera", reverse("lms:ledger", args=["zoo"])),
        ("ledger-behind", "vera", reverse("lms:ledger", args=["zoo"]) + "?show=behind"),
        ("ledger-failing", "vera", reverse("lms:ledger", args=["zoo"]) + f"?endpoint={failing.public_id}"),
        ("ledger-nobody", "vera", reverse("lms:ledger", args=["zoo"]) + "?name=zzz"),
        ("ledger-none", "dina", reverse("lms:ledger", args=["other"])),
    ]


def _address(message: WebhookMessage | None) -> str:
    assert message is not None
    return reverse("lms:message", args=[message.endpoint.public_id, message.event.public_id])


@contextmanager
def _at(there: Receiver, endpoint: WebhookEndpoint) -> Iterator[None]:
    """Meanwhile the endpoint's address is the receiver's."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    rows.update(url=there.url)
    yield
    rows.update(url=endpoint.url)


def _made(there: Receiver, course: Course | None, name: str, url: str, *events: str) -> WebhookEndpoint:
    made = endpoint_create(url=there.url, events=events or ("grade.changed",), by=BY, course=course, name=name)
    made.url = url
    made.save(update_fields=["url"])
    return made


def _told_all(endpoint: WebhookEndpoint) -> None:
    """It hears of everything there has been."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_event=0)


def _send(endpoint: WebhookEndpoint) -> None:
    events_dispatch()
    endpoint_drain(endpoint.pk, slice_s=60)


def _moodle(there: Receiver, world: World) -> WebhookEndpoint:
    """It has what there was; of what changed since, one change is given up, one on its way after a failure, one not tried yet."""
    endpoint = _made(there, world.course, "Moodle", "https://lms.example.org/hooks/grades", "grade.changed", "review.requested")
    _told_all(endpoint)
    with _at(there, endpoint):
        _send(endpoint)
        there.status, there.body = 422, HOSTILE
        _override(world, "student9", 2)
        with override_settings(GRADER_WEBHOOK_RETRY_S=()):
            _send(endpoint)
        there.status, there.body = 503, b""
        _override(world, "student10", 3)
        _send(endpoint)
        there.status = 204
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None, rest_until=None)
    _override(world, "student11", 1)
    return endpoint


def _override(world: World, username: str, score: int) -> None:
    grade = Grade.objects.get(student__username=username, assignment=world.everything)
    override_set(grade=grade, score=Decimal(score), reason="Looked at by hand", by=world.teacher, seen_version=grade.version)


def _failing(there: Receiver, world: World) -> WebhookEndpoint:
    endpoint = _made(there, world.course, "Canvas", "https://canvas.example.org/api/grades")
    _told_all(endpoint)
    there.status, there.body = 500, HOSTILE
    with _at(there, endpoint):
        _send(endpoint)
    there.status, there.body = 204, b""
    return endpoint


def _gone(there: Receiver, world: World) -> WebhookEndpoint:
    """It has said that it wants no more."""
    endpoint = _made(there, world.course, "Open edX", "https://edx.example.org/hooks")
    _told_all(endpoint)
    there.status = 410
    with _at(there, endpoint):
        _send(endpoint)
    there.status = 204
    return endpoint

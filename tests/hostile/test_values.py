"""No value that a browser can send makes the site fall over: the answer is a page or a refusal, never a 5xx."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import reverse

from assignments.publishing import upload_store
from grader.accounts.sections import section_add, section_open
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import regrade_start
from grader.gradebook.reviews import review_open
from tests.hostile.crawl import Form, Walk, walk
from tests.hostile.values import FILES, VALUES
from tests.pages.world import ZOO, World, full_world

pytestmark = pytest.mark.slow


class Attacker:
    """Sends what it is told as somebody, undoes what came of it, and remembers what fell over and by what."""

    def __init__(self, client: Client) -> None:
        client.raise_request_exception = False
        self.client, self.fallen, self.number = client, set[str](), 0
        self._why = ""
        got_request_exception.connect(self._note)

    def _note(self, **_: Any) -> None:
        error = sys.exception()
        trace = error.__traceback__ if error else None
        places = []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        self._why = f"{type(error).__name__}: {str(error)[:80]} at {' '.join(places[-4:])}"

    def __call__(self, what: str, send: Callable[[], Any]) -> None:
        self.number += 1
        with transaction.atomic():
            answer = send()
            if answer.streaming:
                list(answer)  # closing it unread would close the test's connection too
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            self.fallen.add(f"{answer.status_code} {what}: {self._why}")


@pytest.fixture
def world(db: None, request: pytest.FixtureRequest) -> World:
    logging.disable()  # thousands of refusals, each with a line
    request.addfinalizer(lambda: logging.disable(logging.NOTSET))
    world = full_world()
    section = section_add(course=world.course, name="A")
    section_open(section)
    review_open(submission=world.shown["graded"], task="1.3", asked="Why?")
    upload_store(ZOO, by=world.teacher, file_name="zoo.zip")
    regrade_start(assignment=world.quiz, scope=Scope(), by=world.teacher, reason="The key was wrong")
    return world


def client_of(world: World, who: str) -> Client:
    client = Client()
    if who != "stranger":
        client.force_login(world.cast[who])
    return client


MEETS = {"stranger": 4, "student": 9, "teacher": 30}  # so many forms at least, or the walk has lost its way
WHO = ("stranger", "student", "teacher")


@pytest.fixture
def walked(world: World) -> Callable[[str], tuple[Attacker, Walk]]:
    def of(who: str) -> tuple[Attacker, Walk]:
        client = client_of(world, who)
        starts = ["/", "/settings/", "/password/change/", "/login/", "/password/forgotten/"]
        starts += [reverse("join", args=[section.join_code]) for section in world.course.sections.all()]
        return Attacker(client), walk(client, starts)

    return of


@pytest.mark.parametrize("who", WHO)
def test_no_parameter_of_an_address_does(walked: Any, who: str):
    attack, found = walked(who)

    for route, address in found.pages.items():
        for name in sorted(found.parameters.get(route, set()) | {"page", "q", "next"}):
            for title, value in VALUES.items():
                query = f"{name}={quote(value.encode('utf-8', 'surrogateescape'))}"
                attack(f"GET {route}?{name}={title}", lambda a=address, q=query: attack.client.get(urlsplit(a).path + "?" + q))

    assert attack.fallen == set()
    assert attack.number > 100


@pytest.mark.parametrize("who", WHO)
def test_no_field_of_a_form_does(walked: Any, who: str):
    attack, found = walked(who)
    assert len(forms(found)) >= MEETS[who], sorted(form.key for form in forms(found))

    for form in forms(found):
        for name in form.values:
            for title, value in VALUES.items():
                values = form.values | {name: value}
                attack(f"POST {form.key[0]} {name}={title}", lambda f=form, v=values: post(attack.client, f, v))

    assert attack.fallen == set()


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_no_file_does(walked: Any, who: str):
    attack, found = walked(who)

    for form in forms(found):
        for name in form.files:
            for title, data in FILES.items():
                file = SimpleUploadedFile("файл.ipynb", data)
                values = form.values | {name: file}
                attack(f"POST {form.key[0]} {name}={title}", lambda f=form, v=values: attack.client.post(f.action, v))

    assert attack.fallen == set()
    assert attack.number >= len(FILES)


def forms(found: Walk) -> list[Form]:
    return [form for form in found.forms.values() if form.method == "post" and form.key[0] != "logout/"]


def post(client: Client, form: Form, values: dict[str, str]) -> Any:
    """As a browser does; half letters as no browser does."""
    body = "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogateescape'))}" for name, value in values.items())
    return client.post(form.action, body, content_type="application/x-www-form-urlencoded")

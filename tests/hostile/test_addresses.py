"""No name in an address makes the site fall over: neither a page's, nor a form's, nor one of the API's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve, reverse

from grader.api.declared import ALL
from tests.api.callers import Caller, api, token
from tests.api.test_every_route import SENT, WORLD
from tests.factories import Cast, cast
from tests.hostile.attacker import Attacker, client_of, forms
from tests.hostile.crawl import walk
from tests.hostile.values import PARTS
from tests.pages.world import World

__all__ = ["api", "cast", "token"]
pytestmark = pytest.mark.slow


def spoilt(address: str) -> Iterator[tuple[str, str]]:
    """The address with one of its names after the other replaced by each hostile one, and what that was."""
    path = urlsplit(address).path
    for name, value in resolve(path).kwargs.items():
        before, found, after = path.rpartition(str(value))
        if found:
            yield from ((f"{name}={title}", before + part + after) for title, part in PARTS.items())


@pytest.mark.parametrize("who", ["stranger", "student", "teacher", "admin"])
def test_no_name_in_the_address_of_a_page_or_a_form_does(world: World, who: str):
    client = client_of(world, who)
    starts = ["/", "/settings/", "/login/", *(reverse("join", args=[one.join_code]) for one in world.course.sections.all())]
    attack, found = Attacker(client), walk(client, starts)

    for route, address in found.pages.items():
        for what, there in spoilt(address):
            attack(f"GET {route} {what}", partial(client.get, there))
    for form in forms(found):
        for what, there in spoilt(form.action):
            attack(f"POST {form.key[0]} {what}", partial(client.post, there, form.values))

    assert attack.fallen == set()
    assert attack.number > (30 if who == "stranger" else 300)


def test_no_page_of_a_made_up_address_does(db: None):
    client = Client()
    attack = Attacker(client)

    for title, part in PARTS.items():
        for address in (
            f"/{part}",
            f"/{part}/",
            f"/courses/{part}/{part}/",
            f"/static/{part}",
            f"/api/v1/{part}",
            f"/admin/{part}/",
        ):
            attack(f"GET {address[:40]} {title}", partial(client.get, address))

    assert attack.fallen == set()


def test_no_name_in_an_address_of_the_api_does(api: Caller, cast: Cast):
    attack = Attacker(api.client)
    good = {name: make(cast) for name, make in WORLD.items()}

    for route in ALL:
        names = re.findall(r"{\w+:(\w+)}", route.path)
        body = {key: value for key, value in SENT[route.name].items() if key not in ("?", "notebook")} if route.takes else None
        for name in names:
            for title, part in PARTS.items():
                given = good | {name: part}
                path = re.sub(r"{\w+:(\w+)}", lambda one: given[one[1]], route.path)  # noqa: B023  # called at once
                attack(f"{route.method} {route.path} {name}={title}", partial(send, api, route.method, path, body))

    assert attack.fallen == set()
    assert attack.number > 500


def send(api: Caller, method: str, path: str, body: Any) -> Any:
    return api(method, path, body, Idempotency_Key="a-key", If_Match="*")

"""No value that a superuser's browser can send makes Django's admin fall over: its pages, filters, forms and names of rows."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests.hostile.attacker import Attacker, client_of, forms, post
from tests.hostile.crawl import Walk, walk
from tests.hostile.test_addresses import spoilt
from tests.hostile.values import SHARP
from tests.pages.world import World

pytestmark = [pytest.mark.slow, pytest.mark.hostile]

OUTSIDE = ("courses/", "results/", "static", "api/", "login", "home", "settings", "language", "dev/", "mail", "lms/", "reviews")
OF_LISTS = {"q", "p", "o", "e", "all", "_popup", "id", "id__in", "id__isnull"}
OF_ROWS = {"_popup", "_to_field", "_changelist_filters"}


@pytest.fixture
def walked(world: World) -> tuple[Attacker, Walk]:
    client = client_of(world, "admin")
    found = walk(client, ["/admin/"], leave_out=OUTSIDE)
    assert {route.split("/")[1] for route in found.pages if route.count("/") > 1} >= {"accounts", "gradebook", "submissions"}
    return Attacker(client), found


def test_no_parameter_does(walked: Any):
    attack, found = walked

    for route, address in found.pages.items():
        for name in sorted(found.parameters.get(route, set()) | (OF_ROWS if "object_id" in route else OF_LISTS)):
            for title, value in SHARP.items():
                there = f"{urlsplit(address).path}?{name}={quote(value.encode('utf-8', 'surrogateescape'))}"
                attack(f"GET {route}?{name}={title}", partial(attack.client.get, there))

    assert attack.fallen == set()
    assert attack.number > 500


def test_no_field_of_a_form_does(walked: Any):
    attack, found = walked
    some = {form.key[0]: form for form in forms(found) if form.key[0].startswith("admin/") and form.values}
    assert len(some) >= 8, sorted(some)

    for route, form in some.items():
        for name in [name for name in form.values if "__prefix__" not in name]:  # of a row that is added by a script
            for title, value in SHARP.items():
                attack(f"POST {route} {name}={title}", partial(post, attack.client, form, form.values | {name: value}))

    assert attack.fallen == set()


def test_no_name_of_a_row_does(walked: Any):
    attack, found = walked

    for route, address in found.pages.items():
        for what, there in spoilt(address):
            attack(f"GET {route} {what}", partial(attack.client.get, there))
            attack(f"POST {route} {what}", partial(attack.client.post, there, {"post": "yes"}))

    assert attack.fallen == set()
    assert attack.number > 100

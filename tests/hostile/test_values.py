"""No value that a browser can send makes the site fall over: the answer is a page or a refusal, never a 5xx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from grader.lms.models import WebhookEndpoint
from tests.hostile.attacker import Attacker, client_of, forms, post
from tests.hostile.crawl import Walk, walk
from tests.hostile.values import FILES, SHARP, VALUES
from tests.pages.world import World

pytestmark = pytest.mark.slow


MEETS = {"stranger": 4, "student": 9, "teacher": 30}  # so many forms at least, or the walk has lost its way
WHO = ("stranger", "student", "teacher")
every_value = pytest.mark.parametrize("values", [SHARP, pytest.param(VALUES, marks=pytest.mark.hostile)], ids=["sharp", "all"])


@pytest.fixture
def walked(world: World) -> Callable[[str], tuple[Attacker, Walk]]:
    def of(who: str) -> tuple[Attacker, Walk]:
        client = client_of(world, who)
        starts = ["/", "/settings/", "/password/change/", "/login/", "/password/forgotten/"]
        starts += [reverse("join", args=[section.join_code]) for section in world.course.sections.all()]
        starts += [reverse("lms:endpoint_replay", args=[one.public_id]) for one in WebhookEndpoint.objects.all()]
        return Attacker(client), walk(client, starts)

    return of


@every_value
@pytest.mark.parametrize("who", WHO)
def test_no_parameter_of_an_address_does(walked: Any, who: str, values: dict[str, str]):
    attack, found = walked(who)

    for route, address in found.pages.items():
        for name in sorted(found.parameters.get(route, set()) | {"page", "q", "next"}):
            for title, value in values.items():
                query = f"{name}={quote(value.encode('utf-8', 'surrogateescape'))}"
                attack(f"GET {route}?{name}={title}", lambda a=address, q=query: attack.client.get(urlsplit(a).path + "?" + q))

    assert attack.fallen == set()
    assert attack.number >= 5 * len(values)


@every_value
@pytest.mark.parametrize("who", WHO)
def test_no_field_of_a_form_does(walked: Any, who: str, values: dict[str, str]):
    attack, found = walked(who)
    assert len(forms(found)) >= MEETS[who], sorted(form.key for form in forms(found))

    for form in forms(found):
        for name in form.values:
            for title, value in values.items():
                sent = form.values | {name: value}
                attack(f"POST {form.key[0]} {name}={title}", lambda f=form, v=sent: post(attack.client, f, v))

    assert attack.fallen == set()


@pytest.mark.hostile
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

"""docs/reference/webhooks.md says what is true: its example, its signature, its types, its numbers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import jsonschema
import pytest
from django.conf import settings
from standardwebhooks.webhooks import Webhook

from grader import http_out
from grader.events.types import EVENT_TYPES
from grader.lms.webhooks import services, watch
from grader.lms.webhooks.signing import signature
from local.paths import ROOT

PAGES = {language: (ROOT / "docs" / "reference" / name).read_text("utf-8") for language, name in
         (("en", "webhooks.md"), ("ru", "webhooks.ru.md"))}  # fmt: skip
each_page = pytest.mark.parametrize("page", PAGES.values(), ids=list(PAGES))
UNITS = {"s": 1, "с": 1, "min": 60, "мин": 60, "h": 3600, "ч": 3600}


def block(page: str, mark: str) -> str:
    found = re.search(rf"```{mark}\n(.*?)\n```", page, re.DOTALL)
    assert found is not None
    return found[1]


@each_page
def test_the_example_is_a_message_of_ours(page):
    message = json.loads(block(page, "json message"))

    wrong = [
        found.message for found in jsonschema.Draft202012Validator(EVENT_TYPES[message["type"]].schema()).iter_errors(message)
    ]
    assert wrong == []


@each_page
def test_the_vector_is_signed_right(page):
    vector = dict(line.split() for line in block(page, "vector").splitlines())
    body = block(page, "json message")
    then = datetime.fromtimestamp(int(vector["timestamp"]), UTC)

    assert signature(vector["secret"], vector["id"], int(vector["timestamp"]), body.encode()) == vector["signature"]
    assert Webhook(vector["secret"]).sign(vector["id"], then, body) == vector["signature"]


@each_page
def test_every_type_is_in_its_table_with_its_schema(page):
    linked = dict(re.findall(r"\[`([a-z_.]+)`\]\((schema/events/[a-z_.]+)\)", page))

    assert set(linked) == set(EVENT_TYPES)
    assert all((ROOT / "docs" / "reference" / where).is_file() for where in linked.values())


@each_page
def test_the_numbers_are_those_of_the_code(page):
    tries = re.search(r"(?:Tries after the first|Попытки после первой): (.*?), (?:each|каждая)", page)
    assert tries is not None
    waits = [int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)\s(\w+)", tries[1])]

    assert waits == list(settings.GRADER_WEBHOOK_RETRY_S)
    assert settings.GRADER_WEBHOOK_TIMEOUT_S == 15
    assert all(str(port) in page for port in http_out.PORTS)
    assert (services.OVERLAP.total_seconds(), watch.KEPT.days, watch.WARN.days, watch.SWITCH_OFF.days) == (86_400, 30, 1, 5)
    assert http_out.ANSWER_LIMIT == 8192


@each_page
def test_every_link_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]+))?\)", page)

    assert [where for where, _ in links if not (ROOT / "docs" / "reference" / where).exists()] == []
    anchors = {anchor for where, anchor in links if where == "settings.md"}
    heads = re.findall(r"^## (.*)$", (ROOT / "docs" / "reference" / "settings.md").read_text(), re.MULTILINE)
    assert anchors <= {head.lower().replace(" ", "-") for head in heads}

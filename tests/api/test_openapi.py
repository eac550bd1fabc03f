"""The schema is complete, and people can read it."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from grader.api.declared import ALL
from grader.api.kinds import KINDS
from grader.api.openapi import operations, schema
from grader.api.problems import Problem, problem_answer
from grader.api.summaries import HEADINGS, SUMMARIES
from grader.api.tokens import Scope
from grader.api.v1 import VERSION
from grader.events.types import EVENT_TYPES
from local.paths import ROOT


def test_the_schema_is_openapi_3_1_and_served(db):
    served = Client().get("/api/v1/openapi.json")

    assert served.json()["openapi"].startswith("3.1")
    assert served.json() == json.loads(json.dumps(schema()))


def test_every_route_is_in_it_with_its_problems_and_their_examples():
    told = {operation["operationId"]: operation for _path, _method, operation in operations(schema())}

    assert set(told) == {route.name for route in ALL}
    for name, operation in told.items():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                examples = response["content"]["application/problem+json"]["examples"]
                assert {KINDS[code].status for code in examples} == {int(status)}, name


def test_every_reference_leads_somewhere():
    text = json.dumps(schema())

    for kind, name in set(re.findall(r'"#/components/(\w+)/([^"]+)"', text)):
        assert name in schema()["components"][kind]


def test_every_event_is_described_as_a_webhook():
    assert set(schema()["webhooks"]) == set(EVENT_TYPES)


def test_every_parameter_and_every_body_field_is_plain_to_a_reader():
    nameless = [route.name for route in ALL if not (route.view.__doc__ or "").strip()]

    assert nameless == []


@pytest.mark.parametrize("language", ["ru", "en"])
def test_people_read_it_as_pages(db, language):
    client = Client(headers={"Accept-Language": language})

    page = client.get("/api/v1/docs/").content.decode()

    for path, method, operation in operations(schema()):
        assert f"<code>{method.upper()} {path}</code>" in page
        assert f'id="{operation["operationId"]}"' in page
    assert all(f"/api/v1/docs/problems/{code}/" in page for code in ("token.missing", "submission.refused"))
    assert "<style" not in page and " style=" not in page and '<script src="http' not in page


def test_every_route_says_in_both_languages_what_it_does():
    assert {route.name for route in ALL} - set(SUMMARIES) == set()
    assert {operation["tags"][0] for _path, _method, operation in operations(schema())} - set(HEADINGS) == set()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_the_type_of_a_problem_is_a_page_that_says_what_to_do(db, code, rf):
    problem = json.loads(problem_answer(rf.get("/api/v1/x", headers={"Accept-Language": "ru"}), Problem(code)).content)

    page = Client(headers={"Accept-Language": "ru"}).get(problem["type"].removeprefix("http://testserver"))

    assert page.status_code == 200
    assert problem["title"] in page.content.decode()
    assert re.search("[а-я]", problem["title"]) and re.search("[а-я]", problem["detail"])


def test_an_unknown_code_has_no_page(db):
    assert Client().get("/api/v1/docs/problems/nonsense/").status_code == 404


@pytest.mark.parametrize("name", ["api.md", "api.ru.md"])
def test_the_written_reference_names_what_there_is(name):
    text = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert {scope for scope in Scope if f"`{scope}`" not in text} == set()
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", text)) - {"docs.md"}
    assert named <= set(KINDS)
    assert all(f"/{word}" in text for word in ("submissions", "grades", "events", "me", "health"))


def test_the_changelog_ends_at_this_version():
    text = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")

    assert re.findall(r"^- \*\*([\d.]+)\*\*", text, re.MULTILINE)[0] == VERSION

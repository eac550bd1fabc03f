"""/dev/patterns/ shows what the style sheets have, in both languages, and only in a demo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import reverse

from grader.patterns import SAMPLES

STATIC = Path(__file__).resolve().parents[2] / "grader" / "static"
# Shown on the pages that have them: once each.
ELSEWHERE = {
    *("menu", "steps", "digests", "sticky", "prose"),
    *("pair", "checks", "sign", "why", "works", "name", "state", "due", "points"),
}


@pytest.fixture
def page(world, at, settings):
    settings.GRADER_DEMO = True
    return lambda language: at(world.student, language).get(reverse("patterns")).text


def test_it_is_there_in_a_demo_only(world, at, settings):
    settings.GRADER_DEMO = False

    assert at(world.admin).get(reverse("patterns")).status_code == 404


def test_each_class_of_the_style_sheets_is_shown(page):
    shown = {name for names in re.findall(r'class="([^"]*)"', page("en")) for name in names.split()}
    sheets = "".join((STATIC / name).read_text("utf-8") for name in ("components.css", "forms.css", "tables.css"))
    rules = re.sub(r"\{[^{}]*\}|/\*.*?\*/|\"[^\"]*\"", " ", sheets, flags=re.DOTALL)
    named = set(re.findall(r"\.([a-z][\w-]*)(?![\w-]*\])", rules))

    assert len(named) > 100
    assert sorted(named - shown - ELSEWHERE) == []


def test_it_is_in_both_languages(page):
    assert SAMPLES["fix"][0] in page("ru")
    assert SAMPLES["fix"][1] in page("en")
    assert SAMPLES["fix"][0] not in page("en")

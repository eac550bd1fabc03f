"""Nothing undocumented, and nothing documented that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/reference/commands.md").read_text("utf-8")
OURS = {name: app for name, app in get_commands().items() if app.split(".")[0] in ("grader", "worker", "assignments")}


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_command_has_a_section_with_its_options(name):
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", TEXT, re.M | re.S)
    assert found, f"docs/reference/commands.md has no section for {name}"
    parser = load_command_class(OURS[name], name).create_parser("manage.py", name)
    base = load_command_class("django.core", "check").create_parser("manage.py", "check")
    common = {option for action in base._actions for option in action.option_strings} | {"--skip-checks"}

    options = {action.option_strings[-1] for action in parser._actions if action.option_strings} - common
    assert {option for option in options if option not in found[1]} == set()


def test_the_reference_names_no_command_that_is_not_there():
    assert set(re.findall(r"^## ([a-z_]+)$", TEXT, re.M)) == set(OURS)


def test_no_document_names_a_command_that_is_not_there():
    others = [file for file in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")) if file.name != "commands.md"]
    texts = {file.name: file.read_text("utf-8") for file in others} | {"commands.md": TEXT}

    assert {word for text in texts.values() for word in re.findall(r"manage\.py ([a-z_]+)", text)} <= set(get_commands())

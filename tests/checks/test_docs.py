"""Nothing undocumented: kinds, their parameters and codes, and the keys of the course format."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from assignments.package import schema
from assignments.package.values import Limits
from grader import catalogue
from grader.checks import KINDS

DOCS = Path(catalogue.__file__).parents[2] / "docs" / "reference"
CHECKS = (DOCS / "checks.md").read_text("utf-8")
FORMAT = (DOCS / "course-format.md").read_text("utf-8")


def section(kind: str) -> str:
    found = re.search(rf"^## {kind}\n(.*?)(?=^## |\Z)", CHECKS, re.M | re.S)
    assert found, f"docs/reference/checks.md has no section for {kind}"
    return found[1]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_section_with_its_parameters_and_codes(kind):
    text = section(kind)
    parameters = {one.name for one in dataclasses.fields(KINDS[kind].params) if one.metadata.get("from") != "widget.options"}
    codes = {code.partition(".")[2] for code in catalogue.codes("en") if code.startswith(f"{kind}.")}

    assert {name for name in parameters if f"`{name}" not in text} == set()
    assert {code for code in codes if f".{code}`" not in text} == set()


@pytest.mark.parametrize("part", [schema.AssignmentFile, schema.CheckFile, Limits])
def test_each_key_of_the_format_is_described(part):
    names = {one.name for one in dataclasses.fields(part) if one.metadata.get("from") != "line"}

    assert {name for name in names if f"`{name}`" not in FORMAT and f"`{name}:" not in FORMAT} == set()

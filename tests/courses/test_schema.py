"""The published JSON Schema is what the loader reads by, and agrees with it about right and wrong files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import assignments
from assignments.package import PackageErrors, load_course
from assignments.package.json_schema import schemas, written
from tests.courses.makers import ASSIGNMENT, a_course

ROOT = Path(assignments.__file__).parents[1]
COURSES = sorted((ROOT / "assignments/courses").glob("*/course.yaml"))
ASSIGNMENTS = sorted(file for file in (ROOT / "assignments/courses").glob("*/*/*.yaml") if file.name != "equivalents.yaml")


def complaints(name: str, text: str) -> list[str]:
    return [one.message for one in jsonschema.Draft7Validator(schemas()[name]).iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_what_is_published_is_current(name):
    published = (ROOT / "docs/reference/schema" / name).read_text("utf-8")

    assert published == written(schemas()[name]), "run manage.py course schema docs/reference/schema"


@pytest.mark.parametrize("file", [*COURSES, *ASSIGNMENTS], ids=lambda file: str(file.relative_to(ROOT / "assignments/courses")))
def test_every_course_that_ships_fits(file):
    assert file.stem in ("course", "assignment", "exceptions")
    assert complaints(f"{file.stem}.json", file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("notebook: required", "notebok: required"),
        ("runtime: tensorflow", "runtime: keras"),
        ("kind: accuracy", "kind: acuracy"),
        ("at_least: 0.8", "at_leest: 0.8"),
        ("at_least: 0.8", "at_least: much"),
        ("en: Example}", "de: Beispiel}"),
        ("points: 1", "points: [1]"),
    ],
)
def test_schema_and_loader_refuse_the_same_slips(tmp_path: Path, right: str, wrong: str) -> None:
    text: Any = ASSIGNMENT.replace(right, wrong, 1)
    assert text != ASSIGNMENT

    assert complaints("assignment.json", ASSIGNMENT) == []
    assert complaints("assignment.json", text) != []
    with pytest.raises(PackageErrors):
        load_course(a_course(tmp_path, text))


def test_a_key_is_marked_where_it_does_not_fit_its_kind_of_check():
    text = ASSIGNMENT.replace("right: a\n", "at_least: 0.8\n", 1)

    assert any("'at_least' was unexpected" in one for one in complaints("assignment.json", text))

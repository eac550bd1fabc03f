"""What is wrong in one place of a file hides nothing of what is wrong in another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.courses.makers import ASSIGNMENT, a_course, problems


def spoilt(tmp_path: Path, *changes: tuple[str, str]) -> str:
    written = ASSIGNMENT
    for old, new in changes:
        assert old in written
        written = written.replace(old, new, 1)
    return "\n".join(problems(a_course(tmp_path, written)))


@pytest.mark.parametrize(
    ("old", "new", "said_of_it"),
    [
        ("{kind: number, required", "{kind: numbr, required", '"numbr"'),
        ("runtime: tensorflow", "runtime: fortran", '"fortran"'),
        ('- id: "1.1"', "- id: 1", "must be a text"),
    ],
)
def test_a_wrong_parameter_of_a_check_is_told_beside_what_is_wrong_elsewhere(tmp_path: Path, old: str, new: str, said_of_it: str):
    said = spoilt(tmp_path, (old, new), ("at_least: 0.8\n        points: 2", "at_least: high\n        points: 2"))

    assert said_of_it in said
    assert '"at_least" of check "accuracy" must be a number' in said


def test_a_wrong_kind_of_a_check_is_told_beside_a_wrong_widget(tmp_path: Path):
    said = spoilt(
        tmp_path, ("kind: choice\n      options", "kind: chose\n      options"), ("- kind: accuracy", "- kind: acuracy")
    )

    assert 'Did you mean "choice"?' in said
    assert 'There is no check kind "acuracy". Did you mean "accuracy"?' in said


def test_a_check_that_needs_options_is_not_blamed_for_options_that_can_not_be_read(tmp_path: Path):
    said = spoilt(tmp_path, ("{id: a, ru: Плавная", "{ru: Плавная"))

    assert 'needs "id"' in said
    assert 'check "choice"' not in said

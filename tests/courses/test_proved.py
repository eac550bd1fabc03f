"""docs/courses/dl2.md is what `manage.py course check` found: all tasks, every mutant caught or explained, every claim held."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.courses.test_dl2 import COURSE, TASKS

PAGE = (Path(__file__).parents[2] / "docs" / "courses" / "dl2.md").read_text("utf-8")
Row = dict[str, str]


def table(first: str) -> list[Row]:
    """The table whose head begins with `first`, a row by its columns' names."""
    lines = PAGE[PAGE.index(f"\n| {first} |") + 1 :].split("\n\n")[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines)
    return [dict(zip(head, row, strict=True)) for row in rows]


def shares(text: str) -> list[tuple[float, float]]:
    """`10 of 10; 2 of 5` as numbers."""
    return [(float(part), float(whole)) for part, whole in re.findall(r"([\d.]+) of ([\d.]+)", text)]


def test_all_22_tasks_are_in_it():
    rows = table("assignment")

    assert sorted(task for row in rows for task in row["tasks"].split(", ")) == sorted(TASKS)
    assert len(TASKS) == 22
    assert [row["assignment"] for row in rows] == [one.slug for one in COURSE.assignments]
    assert "22 tasks: every reference earns full points, every starter less." in PAGE


def test_every_reference_earned_full_points_each_time_and_every_starter_less():
    for row in table("assignment"):
        (full,) = shares(row["reference: full"])
        assert full[0] == full[1] > 0, row
        assert shares(row["starter"]), row
        assert all(points < most for points, most in shares(row["starter"])), row


def test_every_mutant_is_caught_or_explained():
    ((caught, made),) = shares(PAGE.partition("Mutants caught: **")[2].partition("**")[0])
    rows = table("assignment")

    assert caught == made == sum(int(row["caught"]) + int(row["elsewhere"]) for row in rows)
    assert all(int(row["survived"]) == 0 for row in rows)
    assert all(int(row["caught"]) > 0 for row in rows)
    reasons = re.findall(r"^\| [^|]+ \| (\w[^|]+\.\)?) \|$", PAGE, re.MULTILINE)
    assert len(reasons) == sum(int(row["equivalent"]) for row in rows)


@pytest.mark.parametrize(("task", "least"), [("13.1", 10), ("13.2", 10), ("18.1", 3), ("18.2", 3)])
def test_bounds_were_met_over_seeds(task, least):
    (row,) = [row for row in table("check") if row["check"].startswith(f"{task} accuracy")]

    assert int(row["runs"]) >= least
    assert row["passed"].startswith("100%")


def test_what_the_key_rests_on_was_reproduced_in_seeds():
    rows = table("program")

    assert {claim for row in rows for claim in re.findall(r"^\d+\.\d", row["claim"])} >= {"6.1", "6.2", "16.1", "16.2"}
    for row in rows:
        ((held, runs),) = shares(row["held"])
        assert row["wanted"] == "-" or held / runs >= float(row["wanted"].rstrip("%")) / 100, row

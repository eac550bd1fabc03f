"""The check of a whole machine: that it stays away from other people's databases, and that it sees what it says it saw."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from local.check import run, steps
from local.say import Trouble
from tests.factories import Cast, cast, graded

__all__ = ["cast"]


def test_databases_of_the_callers_environment_are_not_the_checks(tmp_path: Path):
    environ = {"DATABASE_URL": "postgresql://theirs", "REDIS_URL": "redis://theirs", "DATABASE_URL_FILE": "/x", "LANG": "C"}

    assert run.plan_of(tmp_path, environ).environ == {"LANG": "C"}
    assert "DATABASE_URL" in os.environ, "these tests have one"
    assert not {"DATABASE_URL", "REDIS_URL"} & set(run.plan_of(tmp_path).environ)


def gradebook(cast: Cast, name: str) -> str:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(cast.teacher)
    return client.get("/courses/small/gradebook/", {"name": name}).text


def test_the_score_is_read_from_the_students_own_row_and_column(cast: Cast):
    graded(cast, 2.5)
    graded(cast, 1.0, student=cast.classmate)

    assert steps.read_cell(gradebook(cast, "student"), "lab") == Decimal("2.5")
    assert steps.read_cell(gradebook(cast, "student"), "quiz") is None
    assert steps.read_cell(gradebook(cast, "classmate"), "lab") == Decimal(1)


def test_a_table_of_several_students_proves_nothing(cast: Cast):
    graded(cast, 2.5)

    with pytest.raises(Trouble, match="shows 2 rows"):
        steps.read_cell(gradebook(cast, ""), "lab")

"""Unit 18 by its key: what typed figures are worth alone, and that the texts say what the checks ask for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import assignments
from assignments.package import load_assignment, read_answers
from grader.checks import judge
from grader.checks.values import Evidence

FOLDER = Path(assignments.__file__).parent / "courses" / "dl2" / "18"
PACKAGE = load_assignment(FOLDER, "dl2")
TASKS = {task.id: task for task in PACKAGE.tasks}


@pytest.mark.parametrize(
    ("task_id", "typed", "status"),
    [
        ("18.1", "accuracy > 90%", "passed"),  # the source's own words
        ("18.1", "0,91", "passed"),
        ("18.1", "89", "failed"),
        ("18.2", "85% < accuracy < 90%", "passed"),  # the source's own words
        ("18.2", "0.87", "passed"),
        ("18.2", "0.9", "failed"),
        ("18.2", "84 %", "failed"),
        ("18.3", "92", "passed"),
        ("18.3", "92 %", "passed"),
        ("18.3", "0.92", "passed"),
        ("18.3", "94", "review"),
        ("18.3", "85", "review"),
        ("18.3", "80", "failed"),
        ("18.3", "98", "failed"),
    ],
)
def test_typed_alone_the_source_s_key_decides(task_id: str, typed: str, status: str) -> None:
    answers = read_answers(PACKAGE, {task_id: typed})

    (result,) = judge([TASKS[task_id].spec], Evidence(answers=answers), typed_only=True)

    assert result.status == status


def test_it_may_wait_for_a_gpu_and_does_with_a_cpu_in_thirty_minutes() -> None:
    assert (PACKAGE.device, PACKAGE.runtime, PACKAGE.limits.run_s) == ("prefer-gpu", "torch", 1800)


def test_the_reference_answers_each_task_and_the_starter_trains_nothing() -> None:
    answers = json.loads((FOLDER / "reference.answers.json").read_text())

    assert answers.keys() == TASKS.keys()
    assert "train(" not in "".join(source for source in _cells("starter") if "def train" not in source)


def _cells(name: str) -> list[str]:
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

"""A notebook, a slot and a package of two tasks for tests of the worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from grader.checks.values import Answer
from grader.submissions.values import RunOrder, RunResult
from worker import pipeline
from worker.slots import Slot

SUMS = Path(__file__).parent / "sums"
CLOTHES = Path(__file__).parent / "clothes"
INPUTS = "import numpy as np\na = np.array([[1, 2], [3, 4]])\nb = np.array([[1, 1], [4, 5]])"
RIGHT = (INPUTS, "result = (a + b).sum()")


def a_notebook(*cells: str) -> bytes:
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None} for c in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


def an_order(*cells: str, package: Path = SUMS, typed: str = "4", evidence: bytes | None = None) -> RunOrder:
    return RunOrder(package, a_notebook(*cells), {"1.2": Answer(typed)}, b"s" * 32, evidence=evidence)


def graded(slot: Slot, *cells: str, typed: str = "4", **given: Any) -> RunResult:
    return pipeline.grade(an_order(*cells, typed=typed), slot=slot, **given)


def points(result: RunResult) -> dict[str, float]:
    return {task.id: task.points for task in result.tasks}

"""Files as editors of every age leave them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.catalogue import render
from grader.submissions.errors import Refused
from grader.submissions.preflight import preflight
from tests.worker.as_they_are.notebooks import SUMS, Graded
from tests.worker.makers import RIGHT


def a_file(*cells: Any, **document: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **document}).encode()


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **more}


def of_kernel(**kernelspec: Any) -> bytes:
    return a_file(code("a = 1"), metadata={"kernelspec": kernelspec})


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4, 5, 6])
def test_every_minor_version_of_format_4_is_read(minor: int) -> None:
    assert preflight(a_file(code("a = 1"), nbformat_minor=minor)).cells == ("a = 1",)


def test_a_notebook_of_format_3_with_two_sheets_is_run(graded_once: Graded) -> None:
    cells = [{"cell_type": "code", "language": "python", "input": text, "outputs": [], "prompt_number": 7} for text in RIGHT]
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells[:1]}, {"cells": cells[1:]}],
    }

    result = graded_once(package=SUMS, raw=json.dumps(old).encode())

    assert (result.run.status, result.tasks[0].points) == ("ok", 3.0)


def test_cells_run_from_top_to_bottom_whatever_was_executed_when(graded_once: Graded) -> None:
    cells = [code(RIGHT[0], execution_count=9, id="same"), code(RIGHT[1], execution_count=2, id="same")]

    result = graded_once(package=SUMS, raw=a_file(*cells))

    assert result.tasks[0].points == 3.0


def test_cells_with_the_same_id_with_none_and_with_strange_ones_are_all_read() -> None:
    raw = a_file(code("a = 1", id="x"), code("b = 2", id="x"), code("c = 3"), code("d = 4", id=17))

    assert preflight(raw).cells == ("a = 1", "b = 2", "c = 3", "d = 4")


def test_what_an_interrupted_editor_left_of_a_cell_is_an_empty_one_or_none() -> None:
    raw = a_file(None, code("a = 1"), code(None), {"cell_type": "code"}, {"cell_type": "markdown"}, {}, code("b = 2"))

    assert preflight(raw).cells == ("a = 1", "", "", "b = 2")


def test_outputs_of_megabytes_are_left_behind() -> None:
    cells = [code("a = 1", outputs=[{"output_type": "stream", "name": "stdout", "text": ["0" * 100] * 50_000}])]

    assert preflight(a_file(*cells)).cells == ("a = 1",)


@pytest.mark.parametrize(
    "name", ["python3", "colab-tf", "tf2-gpu", "conda-env-dl-py", "Питон", "deepnote", "xpython", "pytorch_p310", "venv", ""]
)
def test_a_kernel_that_is_not_here_is_python_all_the_same(name: str) -> None:
    assert preflight(of_kernel(name=name, display_name=name)).cells == ("a = 1",)


@pytest.mark.parametrize(
    ("kernel", "language"),
    [
        ({"name": "ir", "display_name": "R"}, "R"),
        ({"name": "conda-env-stat-r"}, "R"),
        ({"name": "julia-1.9"}, "Julia"),
        ({"name": "xcpp17"}, "C++"),
        ({"name": ".net-csharp"}, "C#"),
        ({"name": "whatever", "language": "scala"}, "scala"),
    ],
)
def test_another_language_is_refused_in_words(kernel: dict[str, str], language: str) -> None:
    with pytest.raises(Refused) as refused:
        preflight(of_kernel(**kernel))

    assert (refused.value.code, refused.value.values) == ("preflight.not_python", {"language": language})
    assert language in render(refused.value.code, refused.value.values, "ru")


def test_names_may_be_in_any_alphabet(graded_once: Graded) -> None:
    cells = (
        "import numpy as np\na = np.array([[1, 2], [3, 4]])\nb = np.array([[1, 1], [4, 5]])",
        "сумма_Σ = a + b",
        "result = сумма_Σ.sum()",
    )

    assert graded_once(*cells, package=SUMS).tasks[0].points == 3.0


def test_a_half_deleted_cell_stops_there_and_is_explained(graded_once: Graded) -> None:
    result = graded_once(*RIGHT, "print((result", package=SUMS)

    assert (result.run.status, result.run.cell, result.tasks[0].points) == ("error", 3, 3.0)
    assert "Perhaps part of the cell was deleted." in render(result.run.code, result.run.values, "en")

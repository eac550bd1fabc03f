"""`exit()` and `input()`: nobody leaves, and nobody answers."""

from __future__ import annotations

import pytest

from tests.worker.as_they_are.notebooks import Graded, notes, printed, said
from tests.worker.makers import RIGHT, SUMS


@pytest.mark.parametrize("leave", ["exit()", "quit()", "exit", "import sys; sys.exit()", "raise SystemExit(1)"])
def test_leaving_at_the_end_is_no_death_and_costs_nothing(graded: Graded, leave: str) -> None:
    result = graded(*RIGHT, leave, package=SUMS)

    assert (result.run.status, result.tasks[0].points) == ("ok", 3.0)
    assert notes(result) == ["Cell 3 stopped at exit(); the cells after it ran all the same."]
    assert "SystemExit" not in printed(result)


def test_leaving_in_the_middle_ends_its_cell_and_no_other(graded_once: Graded) -> None:
    result = graded_once("print('one')\nimport sys\nsys.exit('enough')\nprint('two')", "print('three')")

    assert result.run.status == "ok"
    assert printed(result).split() == ["one", "enough", "three"]


def test_an_error_is_an_error_all_the_same(graded_once: Graded) -> None:
    result = graded_once("exit()", "1 / 0")

    assert (result.run.status, result.run.cell) == ("error", 2)
    assert "ZeroDivisionError: division by zero" in printed(result)


def test_a_kernel_that_is_really_ended_is_dead(graded_once: Graded) -> None:
    assert graded_once("import os; os._exit(0)").run.status == "died"


def test_a_question_is_answered_with_an_empty_line(graded: Graded) -> None:
    result = graded("name = input('Как вас зовут? ')\nassert name == ''", "from getpass import getpass\nassert getpass() == ''")

    assert result.run.status == "ok"
    assert "Как вас зовут?" in printed(result)
    assert notes(result) == ["input() got an empty line: nobody is at the keyboard during grading."]


def test_an_answer_that_must_be_a_number_is_explained(graded_once: Graded) -> None:
    result = graded_once("epochs = int(input())")

    assert result.run.status == "error"
    assert said(result).endswith("put a value into the code instead of calling input().")

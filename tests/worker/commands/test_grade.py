"""What `grade` and `answer` refuse before anything runs: a sentence, and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import assignments
from worker.management.commands import _offline

REFERENCE = Path(assignments.__file__).parent / "courses" / "dl2" / "15" / "reference.ipynb"


@pytest.fixture(autouse=True)
def nothing_is_graded(monkeypatch):
    def graded(*_: object, **__: object) -> None:
        raise AssertionError("the notebook was graded before the command was found to be wrong")

    monkeypatch.setattr(_offline, "grade", graded)


def refused(*options: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(*options)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_a_file_in_the_place_of_the_folder_to_keep_is_told_before_the_grading(tmp_path):
    file = tmp_path / "kept"
    file.write_text("")

    told = refused("grade", "--assignment", "dl2/15", "--keep", str(file), str(REFERENCE))

    assert told == f"--keep {file}: no folder can be made there: File exists."


@pytest.mark.parametrize("depth", [50, 600, 100_000])
def test_answers_nested_without_end_are_told_in_words(tmp_path, depth):
    answers = tmp_path / "answers.json"
    answers.write_text('{"15.1": ' + "[" * depth + "]" * depth + "}")

    assert "deeply" in refused("grade", "--assignment", "dl2/15", "--lang", "en", "--answers", str(answers), str(REFERENCE))


def test_answers_that_are_no_object_are_told(tmp_path):
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(["50"]))

    assert "must hold one object" in refused("grade", "--assignment", "dl2/15", "--answers", str(answers), str(REFERENCE))


def test_a_missing_notebook_is_named():
    assert "nowhere.ipynb can't be read" in refused("grade", "--assignment", "dl2/15", "nowhere.ipynb")


def test_an_unknown_task_is_answered_with_the_known_ones():
    assert "it has 15.1, 15.2" in refused("answer", "--assignment", "dl2/15", "--task", "15.9", "50")

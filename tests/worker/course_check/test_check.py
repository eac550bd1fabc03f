"""A course is proved in the real sandbox; what can't fail, and what does not earn its points, is found."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.worker.makers import SUMS
from worker.course_check import run


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "toy"
    shutil.copytree(SUMS, folder / "sums")
    (folder / "course.yaml").write_text('title: {ru: Игрушка, en: Toy}\nassignments: ["sums"]\n', "utf-8")
    return folder


@pytest.fixture(autouse=True)
def warm(warm_settings: None) -> None:
    """A check makes dozens of sandboxes."""


def check(course: Path, *options: str) -> tuple[str, str]:
    """What the command wrote to stdout and stderr; the latter begins with its last words where it failed."""
    out, err = StringIO(), StringIO()
    own = ("--seeds", "2", "--state", str(course.parent / "state"))  # the home is shared
    try:
        call_command("course", "check", str(course), *own, *options, stdout=out, stderr=err)
    except CommandError as told:
        return out.getvalue(), f"{told}\n{err.getvalue()}"
    return out.getvalue(), ""


def change(course: Path, old: str, new: str, file: str = "assignment.yaml") -> None:
    path = course / "sums" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.slow
def test_a_sound_course_is_proved_and_proved_again_without_running_anything(course, capfd):
    said, wrong = check(course)

    assert wrong == ""
    assert said.splitlines()[-1] == "2 tasks: every reference earns full points, every starter less."
    assert "| sums | 1.1, 1.2 | 2 of 2 | 0 of 4; 1 of 4 |" in said
    assert "| 1.1 rerun_value | another operation, written by hand |" in said
    assert "[1/" in capfd.readouterr().err

    again, _ = check(course)
    assert again == said
    assert "[1/" not in capfd.readouterr().err


@pytest.mark.slow
def test_several_at_a_time_find_the_same(course, tmp_path):
    one, _ = check(course, "--state", str(tmp_path / "one"))
    two, _ = check(course, "--state", str(tmp_path / "two"), "--jobs", "2")

    assert one == two


@pytest.mark.slow
def test_a_check_that_was_stopped_goes_on_where_it_was(course, tmp_path, monkeypatch, capfd):
    graded: list[str] = []
    ordinary = run._graded

    def until_stopped(case, *rest):
        if len(graded) == 4:
            raise KeyboardInterrupt
        graded.append(case.name)
        return ordinary(case, *rest)

    monkeypatch.setattr(run, "_graded", until_stopped)
    _, told = check(course)
    assert told.startswith("Stopped. What was found is kept in ")

    capfd.readouterr()
    monkeypatch.setattr(run, "_graded", ordinary)
    _, wrong = check(course)
    progress = capfd.readouterr().err
    assert wrong == ""
    assert "[1/" in progress
    assert [name for name in graded if f"sums {name}: " in progress] == []


@pytest.mark.slow
def test_a_reference_that_fails_and_a_starter_that_passes_are_told(course):
    shutil.copy(course / "sums/reference.ipynb", course / "sums/starter.ipynb")
    change(course, "equals: 4", "at_least: 4")
    (course / "sums/reference.answers.json").write_text('{"1.2": "3"}')

    said, wrong = check(course, "--no-mutants")

    assert "sums: reference earns 3 of 4 (1.2 number.wrong)" in wrong
    assert "problems, named above" in wrong
    assert said.count("## Problems") == 1


@pytest.mark.slow
def test_a_check_that_can_not_fail_is_found(course):
    change(course, "equals: 4", "at_least: -1000000")
    change(course, "kind: number\n      label", "kind: number\n      required: false\n      label")
    change(course, "at_least: -1000000", "at_least: -1000000\n        optional: true")

    _, wrong = check(course)

    assert "sums: 1.2 number was never seen to fail" in wrong


@pytest.mark.slow
def test_a_survivor_is_told_until_its_reason_is_given(course):
    change(course, "result = (a + b).sum()", "result = (a + b).sum()\\nspare = a * b", "reference.ipynb")

    _, wrong = check(course)
    assert "another operation: cell 2 line 2: a * b: survived" in wrong

    (course / "sums/equivalents.yaml").write_text(
        '- mutant: "*: cell 2 line 2: *"\n  because: Nobody looks at spare.\n- mutant: "no such"\n  because: x\n'
    )
    said, wrong = check(course)
    assert "| another operation: cell 2 line 2: a * b | Nobody looks at spare. |" in said
    assert 'equivalents.yaml: "no such" names no mutant' in wrong
    assert "survived" not in wrong


def test_an_assignment_that_is_not_there_and_a_number_that_is_none_are_refused(course):
    with pytest.raises(CommandError) as unknown:
        call_command("course", "check", str(course), "--assignment", "14")
    with pytest.raises(CommandError) as odd:
        call_command("course", "check", str(course), "--seeds", "many")

    assert (unknown.value.returncode, odd.value.returncode) == (2, 2)
    assert str(unknown.value) == "toy has no assignment 14; it has sums."

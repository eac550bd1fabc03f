"""An assignment's own `exceptions.yaml`: its sentences come first, and what is wrong in it is told with its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assignments.package import PackageErrors, load_assignment
from grader.catalogue import render
from tests.worker.makers import SUMS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SUMS, tmp_path / "sums"))


def test_a_teacher_explains_an_exception_of_her_own_assignment(folder: Path) -> None:
    means = "{exception: NameError, says: '(?P<name>t1)', ru: 'Тензор {name} даёт ячейка 2.', en: 'Cell 2 makes {name}.'}"
    (folder / "exceptions.yaml").write_text(f"- {means}\n", "utf-8")

    package = load_assignment(folder, "")

    values: dict[str, str | int | float | bool | None] = {"cell": 3, "ename": "NameError", "evalue": "name 't1' is not defined"}
    assert render("run.error", values, "ru", explained=package.explained).endswith("Тензор t1 даёт ячейка 2.")
    assert render("run.error", values, "en", explained=package.explained).endswith("Cell 2 makes t1.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {exception: NameError, says: '(', ru: а, en: a}", 'exceptions.yaml:1: "says" is no regular expression'),
        ("\n- {exception: NameError, ru: 'Имя {name}', en: a}", 'exceptions.yaml:2: "ru" shows {name}'),
        ("- {exception: NameError, ru: а}", 'exceptions.yaml:1: An entry needs "en"'),
        ("- {exeption: NameError, ru: а, en: a}", 'no "exeption". Did you mean "exception"'),
        ("exception: NameError", "exceptions.yaml:1: It must be a list of entries"),
        (r"- {exception: E, says: '(a+)+$', ru: а, en: a}", 'exceptions.yaml:1: "says" may take for ever'),
        (r"- {exception: E, says: '((x|y?)*z)*', ru: а, en: a}", '"says" may take for ever'),
        (r"- {exception: E, says: 'a*b*c*d*', ru: а, en: a}", '"says" may take for ever'),
        (r"- {exception: E, says: '(?P<n>a+)b(?P=n)', ru: а, en: a}", '"says" may take for ever'),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(folder: Path, text: str, told: str) -> None:
    (folder / "exceptions.yaml").write_text(text, "utf-8")

    with pytest.raises(PackageErrors, match="exceptions") as problems:
        load_assignment(folder, "")

    assert told in str(problems.value)


def test_an_assignment_without_the_file_has_the_usual_explanations(folder: Path) -> None:
    assert load_assignment(folder, "").explained == ()

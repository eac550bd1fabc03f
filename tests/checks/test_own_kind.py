"""docs/how-to/add-a-check-kind.md, done as it says: a teacher's own kind, installed beside the service, judges a course."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import grader.checks

ROOT = Path(grader.checks.__file__).parents[2]
PAGE = (ROOT / "docs/how-to/add-a-check-kind.md").read_text("utf-8")
TRY = """
import sys, pathlib
from assignments.package import load_assignment, read_answers, json_schema
from grader.catalogue import render
from grader.checks import CHECKS_VERSION, judge
from grader.checks.values import Evidence
package = load_assignment(pathlib.Path(sys.argv[1]), "own")
for typed in ("3/4", "6/8", "2/3", "half of it"):
    (task,) = judge([t.spec for t in package.tasks], Evidence(answers=read_answers(package, {"1.1": typed})), typed_only=True)
    print(task.status, task.points, render(task.code, task.values, "ru"), "|", render(task.code, task.values, "en"))
print(CHECKS_VERSION.endswith("+fraction-kind-1"), "check.fraction" in json_schema.schemas()["assignment.json"]["definitions"])
"""


def block(title: str) -> str:
    """The page's fenced block that follows `title`."""
    found = re.search(rf"{re.escape(title)}.*?^```\w*\n(.*?)^```", PAGE, re.M | re.S)
    assert found, title
    return found[1]


def pip(folder: Path, target: Path) -> None:
    argv = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(target),
        str(folder),
    ]
    subprocess.run(argv, check=True, cwd=folder)


def python(*argv: str, sites: tuple[Path, ...], cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sites)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *argv], capture_output=True, text=True, env=env, cwd=cwd)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the example is installed."""
    folder = tmp_path_factory.mktemp("kind")
    for name in re.findall(r"^`(fraction-kind/[\w./-]+)`", PAGE, re.M):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block(f"`{name}`"), "utf-8")
    (folder / "fraction-kind/fraction_kind/__init__.py").touch()
    pip(folder / "fraction-kind", folder / "site")
    return folder / "site"


def test_the_installed_kind_judges_a_course_and_has_its_sentences(site, tmp_path):
    one = tmp_path / "1"
    one.mkdir()
    (one / "assignment.yaml").write_text(block("In an `assignment.yaml`"), "utf-8")
    for lang in ("ru", "en"):
        (one / f"{lang}.md").write_text("## 1.1 A fraction\n\nWhat is it?\n", "utf-8")

    done = python("-c", TRY, str(one), sites=(site, ROOT), cwd=tmp_path)

    assert done.stdout.splitlines() == [
        "passed 2.0 Дробь верна. | The fraction is right.",
        "partial 1.0 6/8 — верное число, но дробь можно сократить. | 6/8 is the right number, but not in lowest terms.",
        "failed 0.0 2/3 — другое число. | 2/3 is another number.",
        "review 0.0 half of it не удалось прочитать как дробь, поэтому ответ посмотрит преподаватель. | "
        "half of it could not be read as a fraction, so a person will look.",
        "True True",
    ], done.stderr


def test_a_slip_in_its_parameters_is_told_with_file_and_line(site, tmp_path):
    one = tmp_path / "1"
    one.mkdir()
    (one / "assignment.yaml").write_text(block("In an `assignment.yaml`").replace('"3/4"', '"3 quarters"'), "utf-8")
    for lang in ("ru", "en"):
        (one / f"{lang}.md").write_text("## 1.1 A fraction\n\nWhat is it?\n", "utf-8")

    done = python("-c", TRY, str(one), sites=(site, ROOT), cwd=tmp_path)

    assert f'{one}/assignment.yaml:7: check "fraction": equals is "3 quarters"; write a fraction' in done.stderr


def test_the_check_kinds_install_alone_and_a_kind_s_tests_need_no_more(site, tmp_path):
    shutil.copytree(
        ROOT / "grader/checks", tmp_path / "checks", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    )
    pip(tmp_path / "checks", tmp_path / "alone")

    alone = (site, tmp_path / "alone", Path(pytest.__file__).parents[1])
    argv = (
        "-S",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:django",
        str(site.parent / "fraction-kind" / "test_fraction.py"),
    )
    done = python(*argv, sites=alone, cwd=tmp_path)
    where = python("-S", "-c", "import grader.checks; print(grader.checks.__file__)", sites=alone, cwd=tmp_path)

    assert "10 passed" in done.stdout
    assert where.stdout.startswith(str(tmp_path / "alone"))


def test_a_kind_that_can_not_be_imported_is_told_at_the_start(site, tmp_path):
    broken = tmp_path / "site"
    shutil.copytree(site, broken)
    (broken / "fraction_kind/fraction.py").write_text("import nothing_of_that_name", "utf-8")

    done = python("-c", "import grader.checks", sites=(broken, ROOT), cwd=tmp_path)

    told = "check kinds of fraction-kind-1: fraction_kind.fraction can't be imported: No module named 'nothing_of_that_name'"
    assert told in done.stderr

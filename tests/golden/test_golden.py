"""Each golden notebook goes through the whole pipeline, sandboxes and all, by the command that teachers use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.catalogue import codes
from grader.checks import KINDS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COURSE = ROOT / "assignments" / "courses" / "dl2"
CASES = sorted(file.parent for file in HERE.glob("*/expect.yaml"))
SECRET = "golden notebooks always meet the same held-out images"


def expected(case: Path) -> dict[str, Any]:
    return yaml.safe_load((case / "expect.yaml").read_text("utf-8"))


def graded(notebook: Path, answers: Path, assignment: str, home: Path) -> dict[str, Any]:
    """What `manage.py grade --json` says: the last line of its output."""
    command = [sys.executable, "manage.py", "grade", "--assignment", assignment, "--json", "--lang", "ru"]
    command += ["--answers", str(answers)] if answers.exists() else []
    environment = {**os.environ, "GRADER_HOME": str(home), "GRADER_SITE_SECRET": SECRET}
    done = subprocess.run(
        [*command, str(notebook)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.mark.golden
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_student_s_notebook_is_judged_as_expected(case, tmp_path_factory):
    want = expected(case)

    home = tmp_path_factory.getbasetemp() / "golden-home"
    got = graded(case / "notebook.ipynb", case / "answers.json", want["assignment"], home)

    assert (got["status"], got["run"]["status"], got["run"]["cell"], got["score"]) == (
        want["status"],
        want["run"]["status"],
        want["run"].get("cell"),
        want["score"],
    )
    assert got["tasks"].keys() == want["tasks"].keys()
    for task_id, task in want["tasks"].items():
        _compare(task_id, task, got["tasks"][task_id])


def _compare(task_id: str, want: dict[str, Any], got: dict[str, Any]) -> None:
    assert (got["status"], got["points"], got["code"]) == (want["status"], want["points"], want["code"]), (task_id, got)
    found = [f"{check['kind']}: {check['outcome']} {check['code']}" for check in got["checks"]]
    assert len(found) == len(want["checks"]), (task_id, found)
    for pattern, check in zip(want["checks"], found, strict=True):
        assert fnmatchcase(check, pattern), (task_id, found)
    assert want.get("says", "") in got["message"].replace("\u00a0", " "), (task_id, got["message"])


@pytest.mark.golden
@pytest.mark.slow
@pytest.mark.parametrize("slug", ["13", "15"])
def test_the_reference_earns_full_points_and_the_starter_none(slug, tmp_path_factory):
    folder, home = COURSE / slug, tmp_path_factory.getbasetemp() / "golden-home"

    reference = graded(folder / "reference.ipynb", folder / "reference.answers.json", f"dl2/{slug}", home)
    starter = graded(folder / "starter.ipynb", folder / "no-answers.json", f"dl2/{slug}", home)

    assert (reference["status"], reference["score"]) == ("graded", reference["max_score"])
    assert (starter["status"], starter["run"]["status"], starter["score"]) == ("graded", "ok", 0)


# ------------------------------------------------------------------ the cases themselves


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_why_it_is_here_and_names_codes_that_exist(case):
    want = expected(case)

    assert want["reason"].strip()
    for task in want["tasks"].values():
        assert task["code"] in codes("ru")
        assert all(check.partition(":")[0] in KINDS for check in task["checks"])


def test_the_kinds_that_judge_notebooks_meet_each_outcome_that_they_can():
    seen = {check.rpartition(" ")[0] for case in CASES for task in expected(case)["tasks"].values() for check in task["checks"]}

    for kind in ("architecture", "accuracy", "parameter_count", "typed_accuracy", "typed_count", "rerun_value", "expression"):
        assert {f"{kind}: passed", f"{kind}: failed"} <= seen, kind
    assert "rerun_value: review" in seen

"""Each golden notebook goes through the whole pipeline, sandboxes and all, by the command that teachers use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from assignments.package import load_assignment
from grader.catalogue import codes
from grader.checks import KINDS
from tests.plugins.warm_worker import WarmWorker

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COURSE = ROOT / "assignments" / "courses" / "dl2"
CASES = sorted(file.parent for file in HERE.glob("*/expect.yaml"))
SECRET = "golden notebooks always meet the same held-out images"


def expected(case: Path) -> dict[str, Any]:
    return yaml.safe_load((case / "expect.yaml").read_text("utf-8"))


def judged_by_hand(case: Path) -> dict[str, Any] | None:
    """What the notebook's writer thought that it deserves; the file says whether that was before the checks were read."""
    file = case / "by_hand.yaml"
    return yaml.safe_load(file.read_text("utf-8")) if file.exists() else None


def param(case: Path) -> Any:
    """One case; all but a tenth are left to `./dev golden` (conftest.py)."""
    return pytest.param(case, id=case.name, marks=[] if expected(case).get("ci") else [pytest.mark.not_in_ci])


def in_short(result: dict[str, Any]) -> str:
    """`13.1 passed, 13.2 failed, run error 4`: what the table shows."""
    run = result["run"]
    ended = [] if run["status"] == "ok" else [f"run {run['status']} {run.get('cell') or ''}".strip()]
    return ", ".join([f"{task_id} {task['status']}" for task_id, task in result["tasks"].items()] + ended)


def command(notebook: Path, answers: Path, assignment: str) -> list[str]:
    given = ["--answers", str(answers)] if answers.exists() else []
    return ["grade", "--assignment", assignment, "--json", "--lang", "ru", *given, str(notebook)]


@pytest.fixture
def graded(warm_worker: WarmWorker, settings: Any) -> Callable[..., dict[str, Any]]:
    """What the command `grade --json` says, in a worker that is warm for the assignment's runtime."""

    def grade(notebook: Path, answers: Path, assignment: str) -> dict[str, Any]:
        warm_worker.use(settings, load_assignment(COURSE.parent / assignment, "dl2").runtime)
        settings.GRADER_SITE_SECRET = SECRET
        said = StringIO()
        call_command(*command(notebook, answers, assignment), stdout=said)  # raises where it would not exit with 0
        return last_line(said.getvalue())

    return grade


def graded_apart(notebook: Path, answers: Path, assignment: str, home: Path) -> dict[str, Any]:
    """The same as people call it: `manage.py` in a process of its own, each sandbox started from nothing."""
    environment = {**os.environ, "GRADER_HOME": str(home), "GRADER_SITE_SECRET": SECRET}
    done = subprocess.run(
        [sys.executable, "manage.py", *command(notebook, answers, assignment)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return last_line(done.stdout)


def last_line(said: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(said.splitlines()[-1])
    return result


@pytest.mark.golden
@pytest.mark.slow
@pytest.mark.timeout(1300)
@pytest.mark.parametrize("case", [param(case) for case in CASES])
def test_a_student_s_notebook_is_judged_as_expected(case, graded, record_property):
    want = expected(case)
    record_property("case", case.name)
    record_property("expected", in_short(want))

    got = graded(case / "notebook.ipynb", case / "answers.json", want["assignment"])
    record_property("got", in_short(got))

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
    assert (got["status"], got["points"]) == (want["status"], want["points"]), (task_id, got)
    assert fnmatchcase(got["code"], want["code"]), (task_id, got)
    found = [f"{check['kind']}: {check['outcome']} {check['code']}" for check in got["checks"]]
    assert len(found) == len(want["checks"]), (task_id, found)
    for pattern, check in zip(want["checks"], found, strict=True):
        assert fnmatchcase(check, pattern), (task_id, found)
    assert want.get("says", "") in got["message"].replace("\u00a0", " "), (task_id, got["message"])


@pytest.mark.golden
@pytest.mark.slow
@pytest.mark.parametrize("slug", ["15", pytest.param("13", marks=pytest.mark.not_in_ci)])
def test_the_reference_earns_full_points_and_the_starter_none(slug, tmp_path_factory):
    folder, home = COURSE / slug, tmp_path_factory.mktemp("home")

    reference = graded_apart(folder / "reference.ipynb", folder / "reference.answers.json", f"dl2/{slug}", home)
    starter = graded_apart(folder / "starter.ipynb", folder / "no-answers.json", f"dl2/{slug}", home)

    assert (reference["status"], reference["score"]) == ("graded", reference["max_score"])
    assert (starter["status"], starter["run"]["status"], starter["score"]) == ("graded", "ok", 0)


# ------------------------------------------------------------------ the cases themselves


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_why_it_is_here_and_names_codes_that_exist(case):
    want = expected(case)

    assert want["reason"].strip()
    for task in want["tasks"].values():
        assert any(fnmatchcase(code, task["code"]) for code in codes("ru"))
        assert all(check.partition(":")[0] in KINDS for check in task["checks"])


def test_the_kinds_that_judge_notebooks_meet_each_outcome_that_they_can():
    seen = {check.rpartition(" ")[0] for case in CASES for task in expected(case)["tasks"].values() for check in task["checks"]}

    for kind in ("architecture", "accuracy", "parameter_count", "typed_accuracy", "typed_count", "rerun_value", "expression"):
        assert {f"{kind}: passed", f"{kind}: failed"} <= seen, kind
    assert "rerun_value: review" in seen


DESERVES = {"full": {"passed"}, "part": {"partial"}, "none": {"failed", "error"}, "review": {"review"}}


@pytest.mark.parametrize("case", [case for case in CASES if judged_by_hand(case)], ids=lambda case: case.name)
def test_what_is_expected_is_what_its_writer_thought_or_says_why_not(case):
    want, hand = expected(case), judged_by_hand(case)

    differs = {task for task, by_hand in hand["tasks"].items() if want["tasks"][task]["status"] not in DESERVES[by_hand["deserves"]]}

    assert hand["tasks"].keys() == want["tasks"].keys()
    assert differs == want.get("settled", {}).keys(), "each difference is settled in expect.yaml, by the rules, and nothing else is"


def test_there_are_sixty_golden_notebooks_and_half_were_written_before_the_checks_were_read():
    blind = [case for case in CASES if (hand := judged_by_hand(case)) and hand["written"] == "before the checks were read"]

    assert len(CASES) >= 60
    assert len(blind) * 2 >= len(CASES)


def test_ci_grades_a_tenth_of_each_outcome_and_each_assignment():
    tenth = [expected(case) for case in CASES if expected(case).get("ci")]

    assert 0.08 <= len(tenth) / len(CASES) <= 0.13
    assert {want["assignment"] for want in tenth} == {expected(case)["assignment"] for case in CASES}
    assert {task["status"] for want in tenth for task in want["tasks"].values()} >= {"passed", "failed", "error", "review"}

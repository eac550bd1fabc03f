"""Dry runs in a real worker: judged from what was kept where only checks changed, and behind everybody's work."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignments.services import course_load
from grader.gradebook.models import Grade, Regrade
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import regrade_start
from grader.submissions.models import Run, RunState
from tests.factories import LAB, Cast, a_cast, a_course_folder, a_submission, the_run
from tests.gradebook.regrading import applied, stepped
from worker.tasks import run_grade

pytestmark = pytest.mark.django_db(transaction=True)


def the_key_becomes(cast: Cast, folder: Path, number: str) -> None:
    course = a_course_folder(folder)
    file = course / "lab" / "assignment.yaml"
    file.write_text(LAB.replace("equals: 50", f"equals: {number}"), encoding="utf-8")
    course_load(course)
    cast.lab.refresh_from_db()


def a_regrade(cast: Cast) -> Regrade:
    return regrade_start(assignment=cast.lab, scope=Scope(), by=cast.teacher, reason="Another key", never_lower=False)


def test_where_only_the_key_changed_no_code_of_the_notebook_runs_again(tmp_path):
    cast = a_cast()
    submission = a_submission(cast)
    run_grade(the_run(submission).pk)
    the_key_becomes(cast, tmp_path, "51")
    regrade = a_regrade(cast)
    item = regrade.items.get()
    assert item.run_after is not None

    run_grade(item.run_after.pk)

    run = Run.objects.get(pk=item.run_after.pk)
    assert (run.state, run.score) == (RunState.DONE, 0)
    assert "notebook" not in run.timings_ms and "intake" in run.timings_ms
    regrade = stepped(regrade)
    assert Grade.objects.get(assignment=cast.lab).score == 3
    applied(cast, regrade)
    assert Grade.objects.get(assignment=cast.lab).score == 0


def test_a_dry_run_lets_a_submission_go_first_though_its_bell_rang_first(tmp_path):
    cast = a_cast()
    run_grade(the_run(a_submission(cast)).pk)
    item = a_regrade(cast).items.get()
    waiting = a_submission(cast, student=cast.classmate, cell="print(51)")
    assert item.run_after is not None

    run_grade(item.run_after.pk)

    assert the_run(waiting).state == RunState.DONE
    assert Run.objects.get(pk=item.run_after.pk).state == RunState.QUEUED
    run_grade(item.run_after.pk)  # its bell, rung again
    assert Run.objects.get(pk=item.run_after.pk).state == RunState.DONE

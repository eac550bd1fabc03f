"""What Postgres itself refuses, whoever writes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from assignments.models import PackageVersion
from grader.events.models import Event
from grader.submissions.models import CheckResult, Run, Submission, TaskResult
from tests.factories import Cast, a_claim, a_submission, graded, the_run

WRITTEN_ONCE = ["submissions_taskresult", "submissions_checkresult", "events_event", "assignments_packageversion"]
HANDED_IN = ["submitted_at", "notebook_digest", "answers", "attempt", "student_id", "external_submission_id"]


def refused(statement: str) -> str:
    """What Postgres says of a statement that it refuses."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(caught.value)


@pytest.mark.parametrize("table", WRITTEN_ONCE)
def test_verdicts_events_and_package_versions_are_append_only(cast: Cast, table: str):
    graded(cast)

    assert "append-only" in refused(f"UPDATE {table} SET id = id")
    assert "append-only" in refused(f"DELETE FROM {table}")


@pytest.mark.parametrize("table", WRITTEN_ONCE)
def test_what_is_append_only_still_takes_new_rows(cast: Cast, table: str):
    model = {found._meta.db_table: found for found in (TaskResult, CheckResult, Event, PackageVersion)}[table]
    graded(cast, 1.0)
    before = model._default_manager.count()
    if model is PackageVersion:
        PackageVersion.objects.create(assignment=cast.lab, digest="0" * 64)
    graded(cast, 2.0)

    assert model._default_manager.count() > before


def test_a_run_that_ended_is_frozen(cast: Cast):
    run = the_run(graded(cast, 1.0))

    assert "is done and frozen" in refused(f"UPDATE submissions_run SET score = 3 WHERE id = {run.pk}")
    assert "can not be deleted" in refused(f"DELETE FROM submissions_run WHERE id = {run.pk}")


def test_no_verdict_can_be_added_to_a_run_that_ended_or_has_not_begun(cast: Cast):
    for run in (the_run(graded(cast, 1.0)), the_run(a_submission(cast))):
        with pytest.raises(IntegrityError, match="no verdict can be added"), transaction.atomic():
            TaskResult.objects.create(run=run, task="9", position=9, status="passed", points=9, max_points=9, code="x")


def test_no_check_can_be_added_to_a_run_that_ended(cast: Cast):
    task = the_run(graded(cast, 1.0)).tasks.get()

    with pytest.raises(IntegrityError, match="no verdict can be added"), transaction.atomic():
        CheckResult.objects.create(task=task, position=9, kind="x", outcome="passed", code="x", points=9, max_points=9)


def test_a_claim_number_never_goes_back(cast: Cast):
    submission = a_submission(cast)
    a_claim(submission)

    with pytest.raises(IntegrityError, match="only grow"), transaction.atomic():
        Run.objects.update(claim=0)


@pytest.mark.parametrize("column", HANDED_IN)
def test_what_was_handed_in_and_when_cannot_be_changed(cast: Cast, column: str):
    submission = a_submission(cast)
    others = {"submitted_at": Now() - timedelta(days=1), "answers": {}, "attempt": 7, "student_id": cast.classmate.pk}
    value = others.get(column, "x")

    with pytest.raises(IntegrityError, match="can not be changed"), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(**{column: value})
    Submission.objects.filter(pk=submission.pk).update(state="running")

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from grader.submissions.models import Run
from tests.factories import a_cast, a_submission, the_run
from worker.tasks import run_grade

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("warm_settings")]


def a_graded_run(cell: str = "print(50)") -> Run:
    submission = a_submission(a_cast(), cell=cell)
    run_grade(the_run(submission).pk)
    return the_run(submission)


def test_a_run_is_judged_again_from_what_it_left():
    out = StringIO()

    call_command("appeal", a_graded_run().public_id, stdout=out)

    assert "2.1  passed 3 (number.passed)" in out.getvalue()
    assert "the same verdicts (judged from what was kept" in out.getvalue()


def test_the_notebook_runs_again_where_that_is_asked_for():
    run, out = a_graded_run(), StringIO()

    assert run.submission is not None
    call_command("appeal", run.submission.public_id, run_again=True, stdout=out)

    assert "the same verdicts (the notebook was run again)" in out.getvalue()
    assert Run.objects.count() == 1  # nothing was written


def test_nothing_is_judged_by_a_receipt_that_does_not_hold():
    run = a_graded_run()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE submissions_run SET score = 99 WHERE id = %s", [run.pk])
        cursor.execute("SET session_replication_role = origin")

    with pytest.raises(CommandError, match="nothing is judged by it"):
        call_command("appeal", run.public_id)


def test_a_run_that_never_was_is_named():
    with pytest.raises(CommandError, match="no ended run 'run_nobody'"):
        call_command("appeal", "run_nobody")

"""The worker's doorway, in this process, with real sandboxes: what it does when something of ours is missing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import Error, InterfaceError, OperationalError

from grader import blobs
from grader.gradebook.models import Grade
from grader.submissions.models import Run
from grader.submissions.values import Claim
from tests.factories import a_cast, a_claim, a_submission, the_run
from worker import tasks
from worker.tasks import Hold, run_grade

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_doorbell_grades_its_run_and_a_second_one_changes_nothing(settings: Any):
    submission = a_submission(a_cast())
    run_id = the_run(submission).pk

    run_grade(run_id)
    run_grade(run_id)

    run = the_run(submission)
    assert (run.result, run.run_status, run.score, run.claim) == ("graded", "ok", 3, 1)
    assert Grade.objects.get().version == 1
    assert blobs.get(run.executed_notebook_digest)
    assert run.engine in ("bubblewrap", "warm")
    assert (len(run.seed_commitment), run.sandboxes >= 1) == (64, True)
    assert run.checks_version


def test_a_doorbell_for_a_run_that_does_not_exist_is_nothing():
    run_grade(123_456_789)


def test_a_cell_that_raises_is_graded_and_named():
    submission = a_submission(a_cast(), cell="1 / 0")
    run_grade(the_run(submission).pk)

    run = the_run(submission)
    assert (run.result, run.run_status, run.run_cell) == ("graded", "error", 1)
    assert run.run_values["ename"] == "ZeroDivisionError"


def test_a_sandbox_that_cannot_be_made_gives_the_run_back_and_costs_nobody(settings: Any):
    submission = a_submission(a_cast())
    settings.GRADER_RUNTIME = "/no/such/environment"
    run_grade(the_run(submission).pk)

    run = the_run(submission)
    submission.refresh_from_db()
    assert (run.state, run.claims_lost, submission.state) == ("queued", 1, "queued")
    assert Grade.objects.get().score is None


@pytest.mark.parametrize("trouble", [InterfaceError("connection already closed"), OperationalError("the server is gone")])
def test_the_heartbeat_outlives_a_connection_that_breaks(trouble: Error, settings: Any, monkeypatch: pytest.MonkeyPatch):
    settings.GRADER_LEASE_S = 2
    claim, beats = a_claim(a_submission(a_cast())), threading.Semaphore(0)

    def once_broken(_: Claim) -> bool:
        beats.release()
        if broken:
            raise broken.pop()
        return True

    broken = [trouble]
    monkeypatch.setattr(tasks, "run_heartbeat", once_broken)
    with Hold(claim) as hold:
        assert all(beats.acquire(timeout=10) for _ in range(2)), "the second beat comes after the first has failed"
        assert not hold.lost()


def test_a_notebook_whose_bytes_are_lost_ends_in_quarantine_for_a_teacher_to_see():
    submission = a_submission(a_cast())
    blobs.path(submission.notebook_digest).unlink()
    for _ in range(3):
        Run.objects.filter(state="queued").update(not_before=None)
        run_grade(the_run(submission).pk)

    run = the_run(submission)
    submission.refresh_from_db()
    assert (run.state, run.run_code, submission.state, submission.charged) == (
        "quarantined",
        "run.internal",
        "quarantined",
        False,
    )
    assert Grade.objects.get().state == "problem"

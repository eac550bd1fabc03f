from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from grader import blobs
from grader.checks.values import Outcome, RunFacts, TaskStatus, TaskVerdict
from grader.gradebook.services import run_give_back, run_lose_lease, run_record, submission_stop
from grader.submissions.claims import run_claim, run_heartbeat, run_held, run_order, run_progress
from grader.submissions.models import Progress, Run, Submission
from grader.submissions.queries import notebook_run
from grader.submissions.values import Artefact, Claim, ProgressReport
from tests.factories import Cast, a_cast, a_claim, a_not_judged, a_notebook, a_result, a_submission, the_run


def expire(submission: Submission) -> None:
    the_run(submission).__class__.objects.filter(pk=the_run(submission).pk).update(lease_until=Now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_claim_a_run_at_once_one_gets_it():
    run_id = the_run(a_submission(a_cast())).pk

    def claim(number: int) -> Claim | None:
        try:
            return run_claim(run_id, f"worker-{number}", "grade.cpu")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        claims = [found for found in pool.map(claim, range(8)) if found]

    assert [found.number for found in claims] == [1]


def test_a_worker_that_waited_for_a_gpu_does_not_get_a_run_that_went_to_the_cpus_meanwhile(cast: Cast):
    run = the_run(a_submission(cast))
    Run.objects.filter(pk=run.pk).update(queue="grade.cpu", fell_back=True)

    assert run_claim(run.pk, "of a GPU", "grade.gpu") is None
    assert run_claim(run.pk, "of a CPU", "grade.cpu") is not None


def test_a_claimed_run_and_its_submission_are_running_with_a_lease_of_the_databases_clock(cast: Cast, settings: Any):
    settings.GRADER_LEASE_S = 40
    submission = a_submission(cast)
    a_claim(submission)

    run = Run.objects.annotate(now=Now()).get(pk=the_run(submission).pk)
    submission.refresh_from_db()
    assert (run.state, submission.state, run.worker) == ("running", "running", "worker-1")
    assert run.lease_until is not None
    assert 30 < (run.lease_until - run.now).total_seconds() <= 40


def test_the_order_holds_all_that_grading_needs(cast: Cast):
    submission = a_submission(cast, cell="print(1)")
    order = run_order(a_claim(submission))

    assert order.notebook == a_notebook("print(1)")
    assert order.answers["2.1"].text == "50"
    assert (order.package / "assignment.yaml").is_file()
    assert order.package.name == "lab"
    assert len(order.seed) == 32


def test_the_seed_is_the_same_at_each_regrade_and_another_for_each_submission(cast: Cast):
    mine, theirs = a_submission(cast), a_submission(cast, student=cast.classmate)
    claim = a_claim(mine)

    assert run_order(claim).seed == run_order(claim).seed != run_order(a_claim(theirs)).seed


def test_a_heartbeat_prolongs_the_lease(cast: Cast):
    submission = a_submission(cast)
    claim = a_claim(submission)
    expire(submission)

    assert run_heartbeat(claim)
    assert run_lose_lease(the_run(submission).pk) is None


def test_a_run_whose_worker_fell_silent_goes_to_another_and_the_late_one_is_fenced_off(cast: Cast):
    submission = a_submission(cast)
    late = a_claim(submission, "late")
    expire(submission)
    lost = run_lose_lease(the_run(submission).pk)
    second = a_claim(submission, "second")

    assert lost == the_run(submission)
    assert not run_heartbeat(late)
    assert not run_held(late)
    assert run_record(late, a_result(0.0)) is None
    assert run_record(second, a_result(3.0)) is not None
    run = the_run(submission)
    assert (run.score, run.claim, run.claims_lost, run.tasks.count()) == (3, 2, 1, 1)


def test_a_result_that_comes_twice_is_written_once(cast: Cast):
    submission = a_submission(cast)
    claim = a_claim(submission)

    assert run_record(claim, a_result()) is not None
    assert run_record(claim, a_result()) is None
    assert the_run(submission).tasks.count() == 1


def test_a_run_that_took_down_its_worker_three_times_is_quarantined_and_uses_no_attempt(cast: Cast):
    submission = a_submission(cast)
    for _ in range(3):
        a_claim(submission)
        expire(submission)
        run_lose_lease(the_run(submission).pk)

    submission.refresh_from_db()
    assert (the_run(submission).state, submission.state, submission.charged) == ("quarantined", "quarantined", False)
    assert cast.student.grades.get().state == "problem"
    assert run_claim(the_run(submission).pk, "worker-4", "grade.cpu") is None


def test_our_own_trouble_gives_the_run_back_to_be_tried_a_little_later(cast: Cast):
    submission = a_submission(cast)
    run_give_back(a_claim(submission), "EngineError: no sandbox")

    run = the_run(submission)
    submission.refresh_from_db()
    assert (run.state, run.claims_lost, submission.state) == ("queued", 1, "queued")
    assert run_claim(run.pk, "too early", "grade.cpu") is None

    Run.objects.filter(pk=run.pk).update(not_before=Now())
    assert run_claim(run.pk, "in time", "grade.cpu") is not None


def test_a_cancelled_run_is_lost_to_its_worker_and_what_it_brings_is_dropped(cast: Cast):
    submission = a_submission(cast)
    claim = a_claim(submission)
    submission_stop(submission, by=cast.student)

    assert not run_held(claim)
    assert run_record(claim, a_result()) is None
    submission.refresh_from_db()
    assert (submission.state, submission.charged) == ("cancelled", True)


def test_a_submission_cancelled_before_it_ran_uses_no_attempt(cast: Cast):
    submission = a_submission(cast)
    submission_stop(submission, by=cast.student)

    submission.refresh_from_db()
    assert (submission.state, submission.charged, the_run(submission).state) == ("cancelled", False, "cancelled")


def test_what_we_could_not_judge_is_tried_twice_more_uncharged_and_then_shown_as_ours(cast: Cast):
    submission = a_submission(cast)
    states = []
    for _ in range(3):
        Run.objects.filter(submission=submission, state="queued").update(not_before=None)
        run_record(a_claim(submission), a_not_judged())
        submission.refresh_from_db()
        states.append((submission.state, submission.charged, cast.student.grades.get().state))

    assert states == [("queued", False, "waiting"), ("queued", False, "waiting"), ("graded", False, "problem")]
    assert submission.runs.count() == 3
    assert cast.student.grades.get().score is None


def test_a_later_try_that_succeeds_is_charged_and_counts(cast: Cast):
    submission = a_submission(cast)
    run_record(a_claim(submission), a_not_judged())
    again = the_run(submission)

    assert run_claim(again.pk, "too early", "grade.cpu") is None
    Run.objects.filter(pk=again.pk).update(not_before=None)
    run_record(a_claim(submission), a_result(3.0))

    submission.refresh_from_db()
    assert (submission.state, submission.charged, cast.student.grades.get().score) == ("graded", True, 3)


@pytest.mark.parametrize(("status", "charged"), [("rejected", False), ("timeout", True), ("memory", True), ("died", True)])
def test_a_broken_run_keeps_what_was_earned_and_only_a_refusal_before_it_ran_is_free(cast: Cast, status: Any, charged: bool):
    submission = a_submission(cast)
    facts = RunFacts(status, 2, f"run.{status}", {"limit_s": 60})
    run_record(a_claim(submission), a_result(1.0, status="broken", run=facts))

    submission.refresh_from_db()
    run = the_run(submission)
    assert (submission.state, submission.charged) == ("broken", charged)
    assert (run.run_status, run.run_cell, run.run_code, run.score) == (status, 2, f"run.{status}", 1)
    assert run.run_values == {"limit_s": 60}


def test_names_and_values_that_postgres_refuses_never_lose_a_grade(cast: Cast):
    submission = a_submission(cast)
    values: dict[str, Any] = {
        "found": float("nan"),
        "name": "a\x00b\ud800",
        "long": "x" * 50_000,
        "big": 10**400,
        "inf": float("-inf"),
    }
    task = TaskVerdict("2.1", TaskStatus.FAILED, float("nan"), 3.0, "c" * 500, values, (), "h" * 500, "m1", "n\x00" * 500)
    facts = RunFacts("error", 1, "run.error", {"ename": "E\x00", "evalue": "\udcff" * 10})
    result = a_result(float("inf"), tasks=(task,), run=facts, timings_ms={"run": float("nan")}, notes=(("note.x", values),))

    assert run_record(a_claim(submission), result) is not None
    row = the_run(submission).tasks.get()
    assert (row.points, row.values["found"], row.values["name"], row.values["big"]) == (0, "nan", "ab?", 10**400)


def test_what_a_run_left_is_kept_as_bytes_and_named_by_its_digest(cast: Cast):
    submission = a_submission(cast)
    artefacts = (Artefact("executed.ipynb", b"{}"), Artefact("evidence.zip", b"PK"))
    run_record(a_claim(submission), a_result(artefacts=artefacts))

    run = the_run(submission)
    assert blobs.get(run.executed_notebook_digest) == b"{}"
    assert blobs.get(run.evidence_digest) == b"PK"


def test_progress_is_shown_while_the_claim_holds_and_a_late_report_is_dropped(cast: Cast):
    submission = a_submission(cast)
    claim = a_claim(submission)
    run_progress(claim, ProgressReport("running", cell=1, cells=3, output_tail="epoch 1\x00"))
    run_progress(claim, ProgressReport("running", cell=2, cells=3))
    run_record(claim, a_result())
    run_progress(claim, ProgressReport("running", cell=3, cells=3))

    progress = Progress.objects.get()
    assert (progress.stage, progress.cell, progress.cells) == ("running", 2, 3)


def test_a_check_that_is_not_judged_keeps_its_outcome_apart_from_a_failed_one(cast: Cast):
    submission = a_submission(cast)
    run_record(a_claim(submission), a_not_judged())

    task = submission.runs.earliest("id").tasks.get()
    assert (task.status, task.checks.get().outcome) == (TaskStatus.NOT_JUDGED, Outcome.NOT_JUDGED)


def test_a_teachers_dry_run_lends_its_notebook_only_to_what_was_judged_by_its_evidence(cast: Cast):
    submission = a_submission(cast)
    run, version = the_run(submission), the_run(submission).package_version
    dry = Run.objects.create(
        submission=submission,
        package_version=version,
        purpose=Run.Purpose.DRY_RUN,
        executed_notebook_digest="a" * 64,
        evidence_digest="e" * 64,
    )

    assert notebook_run(submission, run) is None
    again = Run(submission=submission, package_version=version, purpose=Run.Purpose.DRY_RUN, evidence_digest="e" * 64)
    assert notebook_run(submission, again) == dry

"""Writing down what came of a run: the run, its verdicts, its submission; in one transaction, by the claim's holder only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from grader import blobs
from grader.checks.values import Outcome, TaskVerdict
from grader.submissions import report
from grader.submissions.models import CheckResult, Run, RunState, Submission, SubmissionState, TaskResult
from grader.submissions.plain import plain, plain_text, points
from grader.submissions.receipts import receipt_write
from grader.submissions.values import Claim, RunResult

NOT_JUDGED_WAIT_S = (30, 300)  # before the second and the third try; after that it is shown as our own trouble


def run_finish(claim: Claim, result: RunResult) -> bool:
    """Record a run's end. False where the claim no longer holds the run: then nothing is written.

    A submission that we could not judge is tried twice more by itself, in new runs, and its attempt is not charged.
    """
    kept: dict[str, str] = {artefact.name: blobs.put(artefact.content) for artefact in result.artefacts}
    with transaction.atomic():
        held = Run.objects.select_for_update(of=("self",)).filter(pk=claim.run_id, claim=claim.number, state=RunState.RUNNING)
        run = held.select_related("submission", "package_version__assignment").first()
        if run is None:
            return False
        for position, task in enumerate(result.tasks):
            _task_add(run, position, task)
        Run.objects.filter(pk=run.pk).update(
            state=RunState.DONE, finished_at=Now(), lease_until=None, **_columns(run, result), **_receipt(result, kept)
        )
        receipt_write(run.pk)
        if run.submission is not None and run.purpose == Run.Purpose.GRADE:
            _submission_end(run, run.submission, result)
    return True


def _task_add(run: Run, position: int, task: TaskVerdict) -> None:
    row = TaskResult.objects.create(
        run=run,
        task=plain_text(task.id, 20),
        position=position,
        status=task.status,
        points=points(task.points),
        max_points=points(task.max_points),
        code=plain_text(task.code, 120),
        values=plain(task.values),
        hint=plain_text(task.hint, 120),
        candidate=plain_text(task.candidate_name, 200),
    )
    CheckResult.objects.bulk_create(
        CheckResult(
            task=row,
            position=number,
            kind=plain_text(check.kind, 60),
            outcome=check.outcome,
            code=plain_text(check.code, 120),
            values=plain(check.values),
            hint=plain_text(check.hint, 120),
            points=points(check.points),
            max_points=points(check.max_points),
        )
        for number, check in enumerate(task.checks)
    )


def _columns(run: Run, result: RunResult) -> dict[str, Any]:
    notes = [[code, dict(values)] for code, values in result.notes]
    if run.fell_back and run.started_at:
        waited = int((run.started_at - run.queued_at).total_seconds())
        notes.append(["note.gpu_fallback", {"wait_s": waited}])
    return {
        "result": result.status,
        "run_status": plain_text(result.run.status, 10),
        "run_cell": result.run.cell,
        "run_code": plain_text(result.run.code, 80),
        "run_values": plain(result.run.values),
        "score": points(result.score),
        "max_score": points(result.max_score),
        "timings_ms": plain(result.timings_ms),
        "notes": plain(notes),
        "report": report.as_json(result.report),
    }


def _receipt(result: RunResult, kept: dict[str, str]) -> dict[str, Any]:
    receipt = result.receipt
    return {
        "evidence_digest": kept.get("evidence.zip", receipt.evidence_digest),
        "executed_notebook_digest": kept.get("executed.ipynb", ""),
        "notebook_view_digest": kept.get("notebook.json", ""),
        "runtime_lock": receipt.runtime_lock[:64],
        "checks_version": receipt.checks_version[:40],
        "engine": receipt.engine[:40],
        "sandbox_level": receipt.sandbox_level[:10],
        "seed_commitment": receipt.seed_commitment[:64],
        "device": receipt.device[:40],
        "sandboxes": receipt.sandboxes,
    }


def _submission_end(run: Run, submission: Submission, result: RunResult) -> None:
    if result.status == "not_judged":
        tried = submission.runs.filter(purpose=Run.Purpose.GRADE, result="not_judged").count()  # this one included
        again = tried <= len(NOT_JUDGED_WAIT_S)
        if again:
            run_again(run, wait_s=NOT_JUDGED_WAIT_S[tried - 1])
        state, charged = SubmissionState.QUEUED if again else SubmissionState.GRADED, False
    else:
        # A file that was refused before it ran costs nothing, nor does a slip that is free; whatever else ran does.
        state = SubmissionState.GRADED if result.status == "graded" else SubmissionState.BROKEN
        charged = result.run.status != "rejected" and not _only_free_slips(result)
    Submission.objects.filter(pk=submission.pk).update(state=state, charged=charged)


def _only_free_slips(result: RunResult) -> bool:
    """Whether all that is wrong are slips that a package says are free. Any other fault in the work charges the attempt,
    else the free one could be typed beside guesses at the other tasks.
    """
    wrong = [check for task in result.tasks for check in task.checks if check.outcome is not Outcome.PASSED]
    return bool(wrong) and all(check.free for check in wrong)


def run_again(run: Run, *, wait_s: int) -> Run:
    """A new run of the same submission on the same package version, not before so many seconds from now."""
    return Run.objects.create(
        submission=run.submission,
        package_version=run.package_version,
        purpose=run.purpose,
        queue=run.queue,
        fell_back=run.fell_back,
        not_before=Now() + timedelta(seconds=wait_s),
    )

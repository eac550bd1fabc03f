"""The life of a run: queued, claimed, kept alive, finished, given back. Postgres is the queue of record.

A worker *claims* a run and holds a number; each write for the run says `WHERE claim = number AND state = running`, so a
worker that was thought dead, and comes back, changes nothing (it is fenced off). The lease is prolonged by a heartbeat; all
times are the database's. A run that took down its worker three times is quarantined instead of going round for ever.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from dataclasses import asdict
from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from assignments.queries import package_of
from assignments.services import package_materialise
from grader import blobs
from grader.events.services import event_add
from grader.submissions.models import Progress, Run, RunState, Submission, SubmissionState
from grader.submissions.plain import plain, plain_text
from grader.submissions.told import run_facts
from grader.submissions.values import Claim, ProgressReport, RunOrder
from grader.submissions.work import answers_to, work_of

log = logging.getLogger(__name__)

CLAIMS_LOST_LIMIT = 3
RELEASE_WAIT_S = 10  # a run that we failed waits so long, times the number of failures


def _held(claim: Claim) -> QuerySet[Run]:
    return Run.objects.filter(pk=claim.run_id, claim=claim.number, state=RunState.RUNNING)


def run_in_turn(run_id: int, queue: str) -> int:
    """Which run of the queue to grade when a bell rang for this one: a dry run lets everybody's work go first."""
    if not Run.objects.filter(pk=run_id, purpose=Run.Purpose.DRY_RUN).exists():
        return run_id
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    first = Run.objects.filter(due, state=RunState.QUEUED, queue=queue).exclude(purpose=Run.Purpose.DRY_RUN).order_by("id")
    return first.values_list("pk", flat=True).first() or run_id


@transaction.atomic
def run_claim(run_id: int, worker: str, queue: str) -> Claim | None:
    """Take a run that waits in `queue`. None where it is taken, ended, not to be tried yet, or waits elsewhere by now.

    The queue is asked for because a worker waits for a free slot first: a run that has fallen back to the CPUs meanwhile,
    and tells its student so, must not run on the GPU after all.
    """
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    free = Run.objects.select_for_update(skip_locked=True, of=("self",))
    waiting = free.filter(due, pk=run_id, state=RunState.QUEUED, queue=queue)
    run = waiting.select_related("submission__student", "submission__assignment__course").first()
    if run is None:
        return None
    number = run.claim + 1
    Run.objects.filter(pk=run.pk).update(
        state=RunState.RUNNING, claim=number, worker=worker[:120], started_at=Now(), lease_until=_lease()
    )
    if run.purpose == Run.Purpose.GRADE and run.submission is not None:
        Submission.objects.filter(pk=run.submission.pk, state=SubmissionState.QUEUED).update(state=SubmissionState.RUNNING)
        slug = run.submission.assignment.course.slug
        event_add(event_type="run.started", course_slug=slug, data=run_facts(run, run.submission))
    return Claim(run_id=run.pk, number=number, order_of=run.public_id)


def run_heartbeat(claim: Claim) -> bool:
    """Prolong the lease. False: the run is no longer ours (cancelled, expired, taken by another), so stop."""
    return bool(_held(claim).update(lease_until=_lease()))


def run_progress(claim: Claim, report: ProgressReport) -> None:
    """Show where the run is. For people's eyes only: a late report of a lost claim is dropped."""
    if not _held(claim).exists():
        return
    Progress.objects.update_or_create(
        run_id=claim.run_id,
        defaults={
            "stage": plain_text(report.stage, 20),
            "cell": report.cell,
            "cells": report.cells,
            "cell_started_at": None if report.cell_s is None else Now() - timedelta(seconds=report.cell_s),
            "output_head": plain_text(report.output_head, 2000),
            "output_skipped": report.output_skipped,
            "output_tail": plain_text(report.output_tail, 4000),
            "curve": [asdict(training) for training in report.trainings],
        },
    )


def run_order(claim: Claim) -> RunOrder:
    """What the worker needs to grade, without a database. Puts the package version on this machine."""
    run = Run.objects.select_related("submission", "package_version__assignment__course").get(pk=claim.run_id)
    return order_of(run, _kept_evidence(run))


def _kept_evidence(run: Run) -> bytes | None:
    """What an earlier run of the submission left, for a dry run: where only checks changed, no code of the notebook runs."""
    if run.purpose != Run.Purpose.DRY_RUN or run.submission is None:
        return None
    earlier = run.submission.runs.filter(state=RunState.DONE).exclude(evidence_digest="").order_by("-id").first()
    try:
        return blobs.get(earlier.evidence_digest) if earlier else None
    except blobs.BlobMissing as problem:
        log.warning("run %s: the notebook runs again: %s", run.public_id, problem)
        return None


def order_of(run: Run, evidence: bytes | None = None) -> RunOrder:
    """The order of a run as it was or will be given; with `evidence`, to be judged from that where it can be."""
    version, work = run.package_version, work_of(run)
    return RunOrder(
        package=package_materialise(version.digest, version.assignment.slug),
        notebook=blobs.get(work.notebook_digest) if work.notebook_digest else None,
        answers=answers_to(package_of(version), work),
        seed=seed_of(work.seed_name),
        purpose=run.purpose,  # type: ignore[arg-type]  # the choices are the Literal's
        device="gpu" if run.queue == Run.Queue.GPU else "cpu",
        evidence=evidence,
    )


def seed_of(public_id: str) -> bytes:
    """32 bytes that decide the held-out images of a submission: the same at each regrade, unknown to who lacks the secret."""
    return hmac.new(settings.GRADER_SITE_SECRET.encode(), public_id.encode(), hashlib.sha256).digest()


@transaction.atomic
def run_release(claim: Claim, reason: str) -> Literal["queued", "quarantined", "lost"]:
    """Our own trouble: put the run back, to be tried again a little later; the third time, quarantine it."""
    run = _held(claim).select_for_update(of=("self",)).first()
    if run is None:
        return "lost"
    return run_give_up_claim(run, reason, wait_s=RELEASE_WAIT_S * (run.claims_lost + 1))


@transaction.atomic
def run_hand_back(claim: Claim) -> bool:
    """The worker is told to stop: the run waits for another from now on, and nothing is counted against it."""
    run = _held(claim).select_for_update(of=("self",)).first()
    if run is None:
        return False
    Run.objects.filter(pk=run.pk).update(state=RunState.QUEUED, lease_until=None, worker="", not_before=None)
    _submission_set(run, SubmissionState.QUEUED)
    return True


def run_give_up_claim(run: Run, reason: str, *, wait_s: int = 0) -> Literal["queued", "quarantined"]:
    """A claim came to nothing: queue the run again, or quarantine it. The caller holds the row's lock."""
    lost = run.claims_lost + 1
    log.warning("run %s: claim %s lost (%s of %s): %s", run.public_id, run.claim, lost, CLAIMS_LOST_LIMIT, reason)
    if lost >= CLAIMS_LOST_LIMIT:
        Run.objects.filter(pk=run.pk).update(
            state=RunState.QUARANTINED,
            claims_lost=lost,
            lease_until=None,
            finished_at=Now(),
            run_code="run.internal",
            run_values=plain({"reason": plain_text(reason, 300)}),
        )
        _submission_set(run, SubmissionState.QUARANTINED, charged=False)
        return "quarantined"
    not_before = Now() + timedelta(seconds=wait_s)
    Run.objects.filter(pk=run.pk).update(
        state=RunState.QUEUED, claims_lost=lost, lease_until=None, worker="", not_before=not_before
    )
    _submission_set(run, SubmissionState.QUEUED)
    return "queued"


def run_held(claim: Claim) -> bool:
    """Whether the claim still holds its run."""
    return _held(claim).exists()


def runs_expired() -> QuerySet[Run]:
    """Runs whose worker was not heard of for a whole lease, the longest silent first."""
    return Run.objects.filter(state=RunState.RUNNING, lease_until__lt=Now()).order_by("lease_until")


def run_expired(run_id: int) -> Run | None:
    """This run, locked for the caller's transaction, if its lease is over and no other sweeper has it."""
    return runs_expired().select_for_update(skip_locked=True, of=("self",)).filter(pk=run_id).first()


@transaction.atomic
def runs_fall_back() -> list[Run]:
    """Runs that would rather have a GPU and waited long enough: a CPU takes them, and the student will read so."""
    waited = Now() - timedelta(seconds=settings.GRADER_GPU_WAIT_S)
    waiting = Run.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=RunState.QUEUED,
        queue=Run.Queue.GPU,
        queued_at__lte=waited,
        package_version__assignment__device="prefer-gpu",
    )
    runs = list(waiting)
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(queue=Run.Queue.CPU, fell_back=True)
    return runs


@transaction.atomic
def run_cancel(run: Run) -> bool:
    """End a run that has not ended. Its worker reads it at the next heartbeat and stops; what it brings is dropped."""
    ended = Run.objects.filter(pk=run.pk, state__in=[RunState.QUEUED, RunState.RUNNING]).update(
        state=RunState.CANCELLED, finished_at=Now(), lease_until=None
    )
    return bool(ended)


def _submission_set(run: Run, state: SubmissionState, **fields: object) -> None:
    if run.purpose == Run.Purpose.GRADE and run.submission_id:
        Submission.objects.filter(pk=run.submission_id).update(state=state, **fields)


def _lease() -> object:
    return Now() + timedelta(seconds=settings.GRADER_LEASE_S)


def runs_to_ring(queue: str, older_than_s: int) -> list[int]:
    """Queued runs of a queue that may be tried now and whose first doorbell should have been heard."""
    due = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    old = Q(queued_at__lte=Now() - timedelta(seconds=older_than_s))
    # Typed dry runs may be thousands: whoever moves regrades on judges them, a batch at a time.
    own = Q(queue=Run.Queue.NONE, purpose=Run.Purpose.DRY_RUN)
    waiting = Run.objects.filter(due, old, state=RunState.QUEUED, queue=queue).exclude(own)
    return list(waiting.order_by("id").values_list("id", flat=True))


def run_queue(run_id: int) -> str | None:
    """The queue in which a run waits; None where it waits no longer."""
    return Run.objects.filter(pk=run_id, state=RunState.QUEUED).values_list("queue", flat=True).first()

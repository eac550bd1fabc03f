"""What a person does with a regrade: start it, apply it, undo it, drop it, have judged again what failed.

These say what is wanted, at once. What takes long is done by `steps.regrade_step`, wherever it is called: by the message that is
sent here, or by the next look at all regrades.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from assignments.models import Assignment, PackageVersion
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import queue
from grader.accounts.models import User
from grader.gradebook.decisions import WORDS_LIMIT
from grader.gradebook.models import Regrade, RegradeItem
from grader.gradebook.queries import runs_that_speak
from grader.gradebook.regrading.scope import Scope, submissions_in
from grader.submissions.models import Run, RunState, Submission
from grader.submissions.plain import plain_text

log = logging.getLogger(__name__)

RUNG_AT_ONCE = 200  # the sweeper rings for the others
State, Item = Regrade.State, RegradeItem.State


class RegradeRefused(Exception):
    """What was asked for can't be done now; `code` says why, in words of the page."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def regrade_start(
    *,
    assignment: Assignment,
    scope: Scope,
    by: User,
    reason: str,
    never_lower: bool = True,
    package_version: PackageVersion | None = None,
) -> Regrade:
    """Judge these submissions once more by `package_version` (the current one, if none is given). No grade changes by it.

    Raises:
        RegradeRefused: there is nothing to judge, or no reason is given.
    """
    version = package_version or assignment.current_version
    if version is None or version.assignment_id != assignment.pk:
        raise RegradeRefused("no_version")
    words = plain_text(reason, WORDS_LIMIT).strip()
    if not words:
        raise RegradeRefused("no_reason")
    submissions = submissions_in(assignment, scope, version)
    if not submissions:
        raise RegradeRefused("nobody")
    with transaction.atomic():
        regrade = Regrade.objects.create(
            assignment=assignment,
            package_version=version,
            scope=scope.as_json(),
            reason=words,
            never_lower=never_lower,
            made_by=by,
        )
        _items_add(regrade, submissions)
        transaction.on_commit(partial(_begin, regrade.pk), robust=True)
    log.info("regrade %s of %s submissions of %s started by %s", regrade.public_id, len(submissions), assignment, by.public_id)
    return regrade


def _items_add(regrade: Regrade, submissions: Sequence[Submission]) -> None:
    where = _queue_of(package_of(regrade.package_version))
    runs = Run.objects.bulk_create([_dry_run(regrade, one, where) for one in submissions])
    before = runs_that_speak(submissions)
    RegradeItem.objects.bulk_create(
        RegradeItem(
            regrade=regrade,
            submission=submission,
            run_before=before.get(submission.pk),
            spoke_before_id=submission.speaking_run_id,
            run_after=run,
        )
        for submission, run in zip(submissions, runs, strict=True)
    )


def _dry_run(regrade: Regrade, submission: Submission, where: Run.Queue) -> Run:
    return Run(submission=submission, package_version=regrade.package_version, purpose=Run.Purpose.DRY_RUN, queue=where)


def _queue_of(package: AssignmentPackage) -> Run.Queue:
    if not package.needs_worker:
        return Run.Queue.NONE
    return Run.Queue.CPU if package.device == "cpu" else Run.Queue.GPU


def _begin(regrade_id: int) -> None:
    """Tell the workers, and whoever judges typed answers."""
    waiting = Run.objects.filter(pk__in=runs_after(regrade_id), state=RunState.QUEUED).exclude(queue=Run.Queue.NONE)
    for run_id, name in waiting.order_by("id").values_list("pk", "queue")[:RUNG_AT_ONCE]:
        if not queue.ring(run_id, name):
            break
    queue.ring_regrade(regrade_id)


def runs_after(regrade_id: int) -> Any:
    """Its dry runs' ids, as a subquery."""
    return RegradeItem.objects.filter(regrade=regrade_id).values("run_after")


def regrade_apply(regrade: Regrade, *, by: User, never_lower: bool) -> None:
    """Make the dry runs speak, in the background. Raises RegradeRefused where the regrade is not ready."""
    with transaction.atomic():
        _state_change(regrade, (State.READY,), State.APPLYING, never_lower=never_lower, applied_by=by, applied_at=Now())
        transaction.on_commit(partial(queue.ring_regrade, regrade.pk), robust=True)
    log.info("regrade %s: to be applied, by %s", regrade.public_id, by.public_id)


def regrade_undo(regrade: Regrade, *, by: User) -> None:
    """Let speak what spoke before, in the background.

    Raises:
        RegradeRefused: it was not applied, or a later regrade stands on it and is to be undone first.
    """
    with transaction.atomic():
        later = RegradeItem.objects.filter(
            regrade__pk__gt=regrade.pk,
            regrade__state__in=[State.APPLYING, State.APPLIED],
            spoke_before__in=runs_after(regrade.pk),
            state=Item.APPLIED,
        )
        if later.exists():
            raise RegradeRefused("later_one")
        _state_change(regrade, (State.APPLYING, State.APPLIED), State.UNDONE, undone_by=by, undone_at=Now())
        transaction.on_commit(partial(queue.ring_regrade, regrade.pk), robust=True)
    log.info("regrade %s: to be undone, by %s", regrade.public_id, by.public_id)


def regrade_drop(regrade: Regrade, *, by: User) -> None:
    """Give a dry run up; what has not been judged is judged no more. Raises RegradeRefused where it was applied."""
    with transaction.atomic():
        _state_change(regrade, (State.TRYING, State.READY), State.DROPPED)
        unfinished = Run.objects.filter(pk__in=runs_after(regrade.pk), state__in=[RunState.QUEUED, RunState.RUNNING])
        unfinished.update(state=RunState.CANCELLED, finished_at=Now(), lease_until=None)
    log.info("regrade %s dropped by %s", regrade.public_id, by.public_id)


def regrade_retry(regrade: Regrade) -> None:
    """Judge once more what we failed to judge. Raises RegradeRefused where nothing failed, or the regrade is over."""
    with transaction.atomic():
        failed = regrade.items.filter(state=Item.FAILED).select_related("submission")
        if not failed:
            raise RegradeRefused("nothing_failed")
        _state_change(regrade, (State.TRYING, State.READY), State.TRYING)
        where = _queue_of(package_of(regrade.package_version))
        for item in failed:
            run = _dry_run(regrade, item.submission, where)
            run.save()
            RegradeItem.objects.filter(pk=item.pk).update(run_after=run, state=Item.WAITING)
        transaction.on_commit(partial(_begin, regrade.pk), robust=True)


def _state_change(regrade: Regrade, allowed: Sequence[str], state: str, **fields: object) -> None:
    if not Regrade.objects.filter(pk=regrade.pk, state__in=allowed).update(state=state, **fields):
        raise RegradeRefused("other_state")
    regrade.refresh_from_db()

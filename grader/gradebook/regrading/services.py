"""A regrade's life: started, judged by dry runs, looked at, applied, undone or dropped.

What takes long is done by `regrade_step`, a batch at a time, wherever it is called: by the message that was sent for it, or by
the next look at all regrades. Each item is moved in a transaction that locks the regrade first, and its state says what was
done with it, so that a step may be killed, or two may meet, without a grade changing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from assignments.models import Assignment, PackageVersion
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import queue
from grader.accounts.models import User
from grader.gradebook.models import Regrade, RegradeItem
from grader.gradebook.queries import JUDGED, runs_that_speak
from grader.gradebook.regrading.scope import Scope, submissions_in
from grader.gradebook.services import grade_recompute, run_judge
from grader.submissions.models import Run, RunState, Submission, SubmissionState

log = logging.getLogger(__name__)

BATCH = 100  # items of one step
RUNG_AT_ONCE = 200  # the sweeper rings for the others
State, Item = Regrade.State, RegradeItem.State
OVER = (RunState.DONE, RunState.QUARANTINED, RunState.CANCELLED)


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
    if not reason.strip():
        raise RegradeRefused("no_reason")
    submissions = submissions_in(assignment, scope, version)
    if not submissions:
        raise RegradeRefused("nobody")
    with transaction.atomic():
        regrade = Regrade.objects.create(
            assignment=assignment,
            package_version=version,
            scope=scope.as_json(),
            reason=reason.strip(),
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
    waiting = Run.objects.filter(pk__in=_runs_after(regrade_id), state=RunState.QUEUED).exclude(queue=Run.Queue.NONE)
    for run_id, name in waiting.order_by("id").values_list("pk", "queue")[:RUNG_AT_ONCE]:
        if not queue.ring(run_id, name):
            break
    queue.ring_regrade(regrade_id)


def _runs_after(regrade_id: int) -> Any:
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
            spoke_before__in=_runs_after(regrade.pk),
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
        unfinished = Run.objects.filter(pk__in=_runs_after(regrade.pk), state__in=[RunState.QUEUED, RunState.RUNNING])
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


def regrades_to_step() -> list[int]:
    """Regrades that something is left to do for."""
    unfinished = Q(state__in=[State.TRYING, State.APPLYING]) | Q(state=State.UNDONE, items__state=Item.APPLIED)
    return list(Regrade.objects.filter(unfinished).distinct().order_by("id").values_list("pk", flat=True))


def regrade_step(regrade_id: int, *, batch: int = BATCH) -> bool:
    """One batch of what a regrade needs now. True: there is more that need not wait for a worker."""
    regrade = Regrade.objects.select_related("applied_by", "undone_by").get(pk=regrade_id)
    if regrade.state == State.TRYING:
        return _judge(regrade, batch)
    if regrade.state == State.APPLYING:
        return _move_items(regrade, Item.JUDGED, _item_apply, batch) or _applied(regrade)
    if regrade.state == State.UNDONE:
        return _move_items(regrade, Item.APPLIED, _item_undo, batch)
    return False


# -- the dry run


def _judge(regrade: Regrade, batch: int) -> bool:
    """Judge typed answers here; see which runs have ended. When none is left, the regrade is ready."""
    typed = Run.objects.filter(pk__in=_runs_after(regrade.pk), queue=Run.Queue.NONE, state=RunState.QUEUED)
    due = typed.filter(Q(not_before__isnull=True) | Q(not_before__lte=Now()))
    for run_id in due.order_by("id").values_list("pk", flat=True)[:batch]:
        run_judge(run_id)
    _follow(regrade.pk)
    return due.exists()


@transaction.atomic
def _follow(regrade_id: int) -> None:
    regrade = Regrade.objects.select_for_update().get(pk=regrade_id)
    if regrade.state != State.TRYING:
        return
    waiting = RegradeItem.objects.filter(regrade=regrade, state=Item.WAITING)
    judged = Run.objects.filter(pk__in=waiting.values("run_after"), state=RunState.DONE, result__in=JUDGED)
    waiting.filter(run_after__in=judged).update(state=Item.JUDGED)
    failed = Run.objects.filter(pk__in=waiting.values("run_after"), state__in=OVER)
    waiting.filter(run_after__in=failed).update(state=Item.FAILED)
    if not waiting.exists():
        Regrade.objects.filter(pk=regrade.pk).update(state=State.READY)


# -- apply and undo, an item at a time


def _move_items(regrade: Regrade, state: str, move: Callable[[Regrade, RegradeItem], None], batch: int) -> bool:
    """Move a batch of the items in `state`; True where there may be more. Trouble with one is that item's own."""
    ids = list(RegradeItem.objects.filter(regrade=regrade, state=state).order_by("id").values_list("pk", flat=True)[:batch])
    moved = 0
    for item_id in ids:
        try:
            _move(regrade.pk, item_id, state, move)
            moved += 1
        except Exception:
            log.exception("regrade %s: item %s can't be moved", regrade.public_id, item_id)
            if state == Item.JUDGED:  # it stays as it was, and the page says so; an undo is tried again
                RegradeItem.objects.filter(pk=item_id, state=state).update(state=Item.FAILED)
    return len(ids) == batch and moved > 0


@transaction.atomic
def _move(regrade_id: int, item_id: int, state: str, move: Callable[[Regrade, RegradeItem], None]) -> None:
    regrade = Regrade.objects.select_for_update(of=("self",)).select_related("applied_by", "undone_by").get(pk=regrade_id)
    wanted = {Item.JUDGED: State.APPLYING, Item.APPLIED: State.UNDONE}[Item(state)]
    related = ("submission__student", "submission__assignment", "run_before", "run_after")
    item = RegradeItem.objects.select_related(*related).get(pk=item_id)
    if regrade.state == wanted and item.state == state:  # else somebody else was here
        move(regrade, item)


def _item_apply(regrade: Regrade, item: RegradeItem) -> None:
    submission, after = item.submission, item.run_after
    assert after is not None
    before = runs_that_speak([submission]).get(submission.pk)
    if before != item.run_before or not differs(item) or (regrade.never_lower and lowers(item)):
        _item_set(item, Item.KEPT)
        return
    _speak(submission, after.pk, after)
    _item_set(item, Item.APPLIED)
    _recompute(regrade, submission, regrade.applied_by)


def _item_undo(regrade: Regrade, item: RegradeItem) -> None:
    submission = item.submission
    if submission.speaking_run_id != item.run_after_id:  # something else speaks by now, and keeps speaking
        _item_set(item, Item.UNDONE)
        return
    _speak(submission, item.spoke_before_id, item.run_before)
    _item_set(item, Item.UNDONE)
    _recompute(regrade, submission, regrade.undone_by)


def differs(item: RegradeItem) -> bool:
    """Whether anything of a task's verdict would be another."""
    before = [] if item.run_before is None else verdict_of(item.run_before)
    return item.run_after is None or before != verdict_of(item.run_after)


def lowers(item: RegradeItem) -> bool:
    before, after = item.run_before, item.run_after
    return bool(before and after and (after.score or 0) < (before.score or 0))


def verdict_of(run: Run) -> list[tuple[object, ...]]:
    return [(one.task, one.status, one.points, one.max_points, one.code, one.hint) for one in run.tasks.all()]


def _speak(submission: Submission, run_id: int | None, judged_by: Run | None) -> None:
    state = SubmissionState.QUARANTINED
    if judged_by is not None:
        state = SubmissionState.BROKEN if judged_by.result == "broken" else SubmissionState.GRADED
    Submission.objects.filter(pk=submission.pk).update(speaking_run_id=run_id, state=state)


def _item_set(item: RegradeItem, state: str) -> None:
    RegradeItem.objects.filter(pk=item.pk).update(state=state)


def _recompute(regrade: Regrade, submission: Submission, by: User | None) -> None:
    grade_recompute(submission.student, submission.assignment, reason="regrade", by=by, comment=regrade.reason)


def _applied(regrade: Regrade) -> bool:
    """Note that all is applied. True: there are items left after all."""
    left = RegradeItem.objects.filter(regrade=regrade, state=Item.JUDGED).exists()
    if not left:
        Regrade.objects.filter(pk=regrade.pk, state=State.APPLYING).update(state=State.APPLIED, applied_at=Now())
    return left

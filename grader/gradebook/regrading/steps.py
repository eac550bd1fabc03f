"""What a regrade needs now, a batch at a time: judge, apply, undo. May be killed at any moment, and called by two at once.

Each item is moved in a transaction that locks the regrade first, and its state says what was done with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from grader.accounts.models import User
from grader.events.services import event_add
from grader.gradebook.models import Regrade, RegradeItem
from grader.gradebook.queries import JUDGED, runs_that_speak
from grader.gradebook.regrading.services import runs_after
from grader.gradebook.services import grade_recompute, run_judge
from grader.submissions.models import Run, RunState, Submission, SubmissionState

log = logging.getLogger(__name__)

BATCH = 100  # items of one step
State, Item = Regrade.State, RegradeItem.State
OVER = (RunState.DONE, RunState.QUARANTINED, RunState.CANCELLED)


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
    typed = Run.objects.filter(pk__in=runs_after(regrade.pk), queue=Run.Queue.NONE, state=RunState.QUEUED)
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
    # Another regrade may be at the same submission: which run speaks is read and written by one of them at a time.
    Submission.objects.select_for_update().get(pk__in=RegradeItem.objects.filter(pk=item_id).values("submission"))
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
        with transaction.atomic():
            if Regrade.objects.filter(pk=regrade.pk, state=State.APPLYING).update(state=State.APPLIED, applied_at=Now()):
                _tell_applied(regrade)
    return left


def _tell_applied(regrade: Regrade) -> None:
    states = list(RegradeItem.objects.filter(regrade=regrade).values_list("state", flat=True))
    course = regrade.assignment.course.slug
    data = {
        "regrade_id": regrade.public_id,
        "course": course,
        "assignment": regrade.assignment.slug,
        "submissions": len(states),
        "changed": states.count(Item.APPLIED),
    }
    event_add(event_type="regrade.finished", course_slug=course, data=data)

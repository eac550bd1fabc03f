"""Where submissions are now, as plain values: one look at the database for however many are watched.

A `Snapshot` holds what was read and a `mark` that differs whenever the page would; `live_of` makes of it what the live part
shows, in the language of the moment and without a further query (package versions are cached in the process).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assignments.queries import package_of
from grader.submissions import charts, report
from grader.submissions.models import Progress, Run, Submission, SubmissionState
from grader.submissions.waiting import Queues, Wait

UNDER_WAY = (SubmissionState.QUEUED, SubmissionState.RUNNING)
STAGES: dict[str, str | Promise] = {
    "queued": gettext_lazy("In the queue"),
    "preparing": gettext_lazy("Preparing"),
    "running": gettext_lazy("Running your notebook"),
    "checking": gettext_lazy("Checking"),
    "done": gettext_lazy("Done"),
}
STAGE_OF = {"preparing": "preparing", "starting": "preparing", "running": "running", "probing": "checking", "judging": "checking"}
SHOWN_TRAININGS = 3  # the newest


@dataclass(frozen=True)
class Stage:
    """One step of the bar. `position` is done, now or ahead."""

    name: str
    title: str
    position: str


@dataclass(frozen=True)
class Snapshot:
    """What was read of one submission. `mark` is equal to another's where the page would show the same."""

    submission: Submission
    run: Run | None
    wait: Wait
    mark: tuple[Any, ...] = field(compare=False)

    @property
    def under_way(self) -> bool:
        return self.run is not None and self.submission.state in UNDER_WAY


@dataclass(frozen=True)
class Live:
    """What the live part shows."""

    submission: Submission
    stage: str
    says: str
    stages: tuple[Stage, ...]
    elapsed_s: float
    limit_s: int
    cell_limit_s: int
    wait: Wait
    fell_back: bool = False
    cell: int | None = None
    cells: int | None = None
    cell_s: float | None = None
    head: str = ""
    skipped: int = 0
    tail: str = ""
    trainings: tuple[tuple[report.Training, tuple[charts.Chart, ...]], ...] = ()

    @property
    def stage_title(self) -> str:
        return next(stage.title for stage in self.stages if stage.name == self.stage)


def look(ids: Iterable[int]) -> dict[int, Snapshot]:
    """All of these submissions at once, by primary key: two queries, and three more where any waits."""
    submissions = list(Submission.objects.filter(pk__in=list(ids)).select_related("assignment__course", "student"))
    grading = Run.objects.filter(submission__in=submissions, purpose=Run.Purpose.GRADE)
    newest = grading.order_by("submission_id", "-id").distinct("submission_id")
    runs = {run.submission_id: run for run in newest.select_related("package_version__assignment__course", "progress")}
    waiting = [runs[one.pk] for one in submissions if one.state == SubmissionState.QUEUED and one.pk in runs]
    queues = Queues.of(waiting) if waiting else None
    return {one.pk: _snapshot(one, runs.get(one.pk), queues) for one in submissions}


def _snapshot(submission: Submission, run: Run | None, queues: Queues | None) -> Snapshot:
    queued = submission.state == SubmissionState.QUEUED and run is not None and queues is not None
    wait = queues.wait(run) if queued and queues and run else Wait()
    progress = _progress(run)
    told = (run.pk, run.state, run.claim, run.fell_back) if run else ()
    return Snapshot(submission, run, wait, (submission.state, *told, progress and progress.updated_at, wait))


def _progress(run: Run | None) -> Progress | None:
    return getattr(run, "progress", None) if run else None


def live_of(snapshot: Snapshot) -> Live:
    """What the page shows of it now. Only for one that is under way."""
    submission, run = snapshot.submission, snapshot.run
    assert run is not None
    running = submission.state == SubmissionState.RUNNING
    progress = _progress(run) if running else None
    stage = STAGE_OF.get(progress.stage, "preparing") if progress else "preparing" if running else "queued"
    since = run.started_at if running and run.started_at else run.queued_at
    now, limits, names = timezone.now(), package_of(run.package_version).limits, list(STAGES)
    at = names.index(stage)
    cell_since = progress.cell_started_at if progress and stage == "running" else None
    return Live(
        submission=submission,
        stage=stage,
        says=_sentence(stage, progress),
        stages=tuple(
            Stage(name, str(STAGES[name]), "done" if index < at else "now" if index == at else "ahead")
            for index, name in enumerate(names)
        ),
        elapsed_s=(now - since).total_seconds(),
        limit_s=limits.run_s,
        cell_limit_s=limits.cell_s,
        wait=snapshot.wait,
        fell_back=run.fell_back,
        cell=progress.cell if progress and stage == "running" else None,
        cells=progress.cells if progress else None,
        cell_s=(now - cell_since).total_seconds() if cell_since else None,
        head=progress.output_head if progress else "",
        skipped=progress.output_skipped if progress else 0,
        tail=progress.output_tail if progress else "",
        trainings=_trainings(progress.curve) if progress else (),
    )


def _trainings(raw: Any) -> tuple[tuple[report.Training, tuple[charts.Chart, ...]], ...]:
    try:
        found = report.trainings(raw)
    except ValueError:
        return ()
    first = max(0, len(found) - SHOWN_TRAININGS)
    drawn = [(one, charts.of_training(one, f"training-{first + index}")) for index, one in enumerate(found[first:])]
    return tuple((one, shown) for one, shown in drawn[::-1] if shown)


def _sentence(stage: str, progress: Progress | None) -> str:
    if stage == "running" and progress and progress.cell and progress.cells:
        return _("Running cell %(cell)d of %(cells)d") % {"cell": progress.cell, "cells": progress.cells}
    return str(STAGES[stage])

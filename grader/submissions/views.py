"""The live page: where a submission is now. It hands over to the result page as soon as there is a result.

Without JavaScript the page reloads itself; with it, htmx replaces one fragment every two seconds. Both render the
same part (`submissions/parts/live.html`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assignments.queries import package_of
from grader.submissions.models import Progress, Run, Submission, SubmissionState
from grader.submissions.queries import latest_run, place_in_queue, submissions_visible_to, workers_alive

UNDER_WAY = (SubmissionState.QUEUED, SubmissionState.RUNNING)
HTMX_STOP_POLLING = 286

STAGES = {
    "queued": gettext_lazy("In the queue"),
    "preparing": gettext_lazy("Preparing"),
    "running": gettext_lazy("Running your notebook"),
    "checking": gettext_lazy("Checking"),
    "done": gettext_lazy("Done"),
}
STAGE_OF = {"preparing": "preparing", "starting": "preparing", "running": "running", "probing": "checking", "judging": "checking"}


@dataclass(frozen=True)
class Stage:
    """One step of the bar. `position` is done, now or ahead."""

    name: str
    title: str
    position: str


@dataclass(frozen=True)
class Live:
    """What the live part shows, read anew for each look."""

    submission: Submission
    stage: str
    says: str
    stages: tuple[Stage, ...]
    elapsed_s: float
    limit_s: int
    place: int = 0
    workers: int = 0
    fell_back: bool = False
    output_tail: str = ""


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """The page around the live part; a redirect once nothing is under way."""
    submission = _submission(request, public_id)
    run = latest_run(submission)
    if run is None or submission.state not in UNDER_WAY:
        return redirect("results:show", public_id=public_id)
    mine = submission.student_id == request.user.pk
    return render(request, "submissions/live.html", {"live": _live(submission, run), "mine": mine})


@login_required
@require_safe
@never_cache
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The live part alone; when there is a result, 286 (htmx stops asking) and the way to it."""
    submission = _submission(request, public_id)
    run = latest_run(submission)
    if run is None or submission.state not in UNDER_WAY:
        result = reverse("results:show", args=[public_id])
        return HttpResponse(status=HTMX_STOP_POLLING, headers={"HX-Redirect": result})
    return render(request, "submissions/parts/live.html", {"live": _live(submission, run)})


def _submission(request: HttpRequest, public_id: str) -> Submission:
    return get_object_or_404(submissions_visible_to(request.user), public_id=public_id)


def _live(submission: Submission, run: Run) -> Live:
    progress: Progress | None = getattr(run, "progress", None)
    running = submission.state == SubmissionState.RUNNING
    stage = STAGE_OF.get(progress.stage, "preparing") if running and progress else "preparing" if running else "queued"
    since = run.started_at if running and run.started_at else run.queued_at
    names = list(STAGES)
    at = names.index(stage)
    return Live(
        submission=submission,
        stage=stage,
        says=_sentence(stage, progress),
        stages=tuple(
            Stage(name, str(STAGES[name]), "done" if index < at else "now" if index == at else "ahead")
            for index, name in enumerate(names)
        ),
        elapsed_s=(timezone.now() - since).total_seconds(),
        limit_s=package_of(run.package_version).limits.run_s,
        place=0 if running else place_in_queue(run),
        workers=0 if running else workers_alive(run.queue),
        fell_back=run.fell_back,
        output_tail=progress.output_tail if running and progress else "",
    )


def _sentence(stage: str, progress: Progress | None) -> str:
    if stage == "running" and progress and progress.cell and progress.cells:
        return _("Running cell %(cell)d of %(cells)d") % {"cell": progress.cell, "cells": progress.cells}
    return str(STAGES[stage])

"""A submission's result: the student's own page, and the same page for those who teach the course."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.queries import package_of
from grader import blobs
from grader.accounts.models import User
from grader.gradebook.feedback import feedback_seen
from grader.gradebook.queries import attempts_of, grades_of
from grader.gradebook.said import comments_for, said_of, worth_of
from grader.gradebook.services import submission_stop
from grader.gradebook.views.models_shown import models_shown, report_of
from grader.gradebook.views.shown import notes_shown, run_sentence, tasks_shown
from grader.submissions.live import UNDER_WAY
from grader.submissions.models import Run, RunState, Submission, SubmissionState
from grader.submissions.queries import notebook_run, run_shown, submissions_visible_to


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was measured, what it is worth, and why. While nothing is known yet, the live page instead."""
    submission = _submission(request, public_id)
    run = run_shown(submission)
    if submission.state in UNDER_WAY and run is not None and run.state != RunState.DONE:
        return redirect("submissions:show", public_id=public_id)
    own = submission.student_id == request.user.pk
    if own:
        feedback_seen(submission.student, submission.assignment)
    flags = notes_shown(run, to_teachers=True) if run and not own else []
    people = {"said": said_of(submission), "worth": worth_of(submission), "comments": comments_for(submission, own=own)}
    return render(request, "gradebook/result.html", _context(submission, run) | people | {"own": own, "flags": flags})


@login_required
@require_safe
def notebook(request: HttpRequest, public_id: str) -> HttpResponse:
    """The executed notebook as a file to save. It is a student's bytes, so no browser may show it as a page of ours."""
    submission = _submission(request, public_id)
    shown = run_shown(submission)
    run = notebook_run(submission, shown) if shown else None
    if run is None:
        raise Http404
    course, slug = submission.assignment.course.slug, submission.assignment.slug
    name = f"{course}-{slug}-{submission.student.username}-{submission.attempt}.ipynb"
    headers = {
        "Content-Disposition": f'attachment; filename="{_safe(name)}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(blobs.get(run.executed_notebook_digest), content_type="application/x-ipynb+json", headers=headers)


@login_required
@require_POST
def stop(request: HttpRequest, public_id: str) -> HttpResponse:
    """Stop grading what is under way. Only the student who handed it in may."""
    submission = get_object_or_404(submissions_visible_to(request.user), public_id=public_id, student_id=request.user.pk)
    if submission_stop(submission, by=cast(User, request.user)):
        messages.info(request, _("Stopped. This submission will not be graded."))
    return redirect("submissions:show", public_id=public_id)


def _submission(request: HttpRequest, public_id: str) -> Submission:
    return get_object_or_404(submissions_visible_to(request.user), public_id=public_id)


def _safe(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else "_" for letter in name)


def _context(submission: Submission, run: Run | None) -> dict[str, Any]:
    package = package_of(run.package_version) if run else None
    tasks = tasks_shown(run, package, submission.answers) if run and package else []
    grade = grades_of(submission.student).get(submission.assignment_id)
    return {
        "submission": submission,
        "assignment": submission.assignment,
        "run": run,
        "left": notebook_run(submission, run) if run else None,
        "models": models_shown(run),
        "caught": report_of(run).caught,
        "state": _state(submission, run),
        "again": submission.state in UNDER_WAY,
        "tasks": tasks,
        "candidates": any(task.candidate for task in tasks),
        "run_says": run_sentence(run, package) if run and package else "",
        "ran_s": (run.finished_at - run.started_at).total_seconds() if run and run.finished_at and run.started_at else None,
        "notes": notes_shown(run) if run else [],
        "attempts": attempts_of(submission.student, submission.assignment),
        "grade": grade,
        "override": grade.overrides.select_related("made_by").first() if grade and grade.overridden else None,
        "history": list(grade.history.select_related("changed_by").order_by("-version")[:50]) if grade else [],
        "uncharged": _uncharged(submission, run),
    }


def _uncharged(submission: Submission, run: Run | None) -> str:
    """Why the attempt was not charged; empty where it was."""
    if submission.charged:
        return ""
    if submission.state == SubmissionState.CANCELLED:
        return _("It was stopped before it began to run.")
    if submission.state == SubmissionState.QUARANTINED or (run is not None and run.result == "not_judged"):
        return _("The fault was ours.")
    if run is not None and run.run_status == "rejected":
        return _("The file was refused before anything of it ran.")
    return _("All that is wrong in it are slips that this assignment does not charge for.")


def _state(submission: Submission, run: Run | None) -> str:
    """The word at the top of the page."""
    if submission.state == SubmissionState.CANCELLED:
        return "cancelled"  # also where an earlier run of it had come to nothing
    if run is None or run.state != RunState.DONE:
        return submission.state
    if run.result != "graded":
        return run.result  # broken, not_judged
    if any(task.status == "not_judged" for task in run.tasks.all()):
        return "not_judged"
    if any(task.status == "review" for task in run.tasks.all()):
        return "review"
    if run.score is not None and run.score >= (run.max_score or 0):
        return "all_points"
    return "partial" if run.score else "no_points"

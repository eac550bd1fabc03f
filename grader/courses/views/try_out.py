"""Trying an assignment on a notebook of one's own: the student's form, and what came of it, for teachers only."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assignments.package import AnswerError
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import catalogue
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.courses.queries import try_outs_of, versions_in
from grader.courses.services import try_out
from grader.gradebook.views.shown import notes_shown, run_sentence, tasks_shown
from grader.submissions.errors import SubmitRefused
from grader.submissions.forms import SubmissionForm
from grader.submissions.models import Run, RunState
from grader.submissions.queries import workers_alive
from grader.submissions.templatetags.words import language

ENDED = (RunState.DONE, RunState.CANCELLED, RunState.QUARANTINED)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def form(request: HttpRequest, course: str, version: str) -> HttpResponse:
    """Any version that is stored, published or not. No answer is required: a teacher may try one task."""
    found = get_object_or_404(courses_managed_by(request.user), slug=course)
    asked = get_object_or_404(versions_in(found), public_id=version)
    package = _nothing_required(package_of(asked))
    posted = request.method == "POST"
    filled = SubmissionForm(package, request=request if posted else None)
    if posted and filled.is_valid():
        try:
            run = try_out(
                version=asked,
                notebook=filled.notebook,
                notebook_name=filled.notebook_name,
                answers=filled.answers,
                by=cast(User, request.user),
            )
            return redirect("courses:tried", public_id=run.public_id)
        except (SubmitRefused, AnswerError) as refused:
            filled.refuse(catalogue.render(refused.code, refused.values, language()))
    context = {"course": found, "version": asked, "assignment": asked.assignment, "package": package, "form": filled}
    return render(request, "courses/try.html", context, status=422 if posted else 200)


def _nothing_required(package: AssignmentPackage) -> AssignmentPackage:
    tasks = tuple(replace(task, widget=replace(task.widget, required=False)) for task in package.tasks)
    return replace(package, tasks=tasks)


@login_required
@require_safe
@never_cache
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """What came of it; until then where it is, by htmx every two seconds."""
    run: Run = get_object_or_404(try_outs_of(request.user), public_id=public_id)
    package = package_of(run.package_version)
    ended = run.state in ENDED
    context = {
        "run": run,
        "tried": run.try_out,
        "assignment": run.package_version.assignment,
        "course": run.package_version.assignment.course,
        "ended": ended,
        "progress": getattr(run, "progress", None),
        "nobody": not ended and not workers_alive(run.queue),
        "tasks": tasks_shown(run, package, run.try_out.answers),
        "run_says": run_sentence(run, package),
        "notes": [*notes_shown(run), *notes_shown(run, to_teachers=True)],
    }
    if request.headers.get("HX-Request"):
        answer = render(request, "courses/parts/tried.html", context)
        if ended:
            answer["HX-Refresh"] = "true"
        return answer
    return render(request, "courses/tried.html", context)

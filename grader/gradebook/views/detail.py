"""A submission as those who teach see it: what its student sees, and beside it everything that may be decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assignments.models import Course
from assignments.queries import package_of
from grader.accounts.models import User
from grader.accounts.queries import courses_taught_by, may_manage
from grader.gradebook.models import Grade
from grader.gradebook.neighbours import WHICH, Place, place_of
from grader.gradebook.queries import attempts_of, runs_that_speak, standing_of
from grader.gradebook.said import comments_for, said_of, worth_of
from grader.gradebook.views.desk import DeskForm, desk_act
from grader.gradebook.views.home import state_of
from grader.gradebook.views.shown import TaskShown, notes_shown, run_sentence, tasks_shown
from grader.submissions.models import Run, Submission
from grader.submissions.queries import notebook_run, run_shown, submissions_visible_to
from grader.submissions.terms import terms_of

FILTERS = {"all": _("all"), "review": _("to review"), "lost": _("with lost points")}


@dataclass(frozen=True)
class Filter:
    name: str
    title: str
    here: bool


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, course: str, public_id: str) -> HttpResponse:
    """The page; a POST decides or comments, and comes back with 422, or with 409 where another was faster."""
    user = cast(User, request.user)
    found = get_object_or_404(courses_taught_by(user), slug=course)
    seen = submissions_visible_to(user).exclude(student_id=user.pk)
    submission = get_object_or_404(seen, assignment__course=found, public_id=public_id)
    which = request.GET.get("which", "all")
    which = which if which in WHICH else "all"
    place = place_of(user, submission, which)
    grade = get_object_or_404(Grade, student=submission.student, assignment=submission.assignment)
    form = DeskForm.of(request)
    if request.method == "POST":
        done = desk_act(form, submission, grade, user)
        if done:
            messages.success(request, done)
            onward = place.following if request.POST.get("then") == "next" else ""
            return redirect(_address(found, onward or public_id, which))
        grade.refresh_from_db()
    context = _context(user, found, submission, grade, which, place) | {"form": form}
    status = 409 if form.overtaken else 422 if form.problems else 200
    return render(request, "gradebook/detail.html", context, status=status)


def _address(course: Course, public_id: str, which: str) -> str:
    kept = f"?{urlencode({'which': which})}" if which != "all" else ""
    return reverse("gradebook:detail", args=[course.slug, public_id]) + kept


def _context(user: User, course: Course, submission: Submission, grade: Grade, which: str, place: Place) -> dict[str, Any]:
    run = run_of(submission)
    package = package_of(run.package_version) if run else None
    student, assignment = submission.student, submission.assignment
    return {
        "course": course,
        "manages": may_manage(user, course),
        "assignment": assignment,
        "submission": submission,
        "run": run,
        "left": notebook_run(submission, run) if run else None,
        "run_says": run_sentence(run, package) if run and package else "",
        "tasks": tasks_shown(run, package, submission.answers) if run and package else [],
        "flags": notes_shown(run, to_teachers=True) if run else [],
        "said": said_of(submission),
        "comments": comments_for(submission, own=False),
        "own": False,
        "decide": True,
        "worth": worth_of(submission),
        "grade": grade,
        "grade_state": state_of(grade),
        "standing": standing_of(grade, assignment),
        "override": grade.overrides.select_related("made_by").first() if grade.overridden else None,
        "history": grade.history.select_related("changed_by").order_by("-version"),
        "attempts": attempts_of(student, assignment),
        "terms": terms_of(student, assignment),
        "which": which,
        "filters": [Filter(name, str(title), name == which) for name, title in FILTERS.items()],
        "place": place,
        "here": _address(course, submission.public_id, which),
        "previous": _address(course, place.previous, which) if place.previous else "",
        "following": _address(course, place.following, which) if place.following else "",
    }


def task_shown(submission: Submission, task: str) -> TaskShown | None:
    """One task of a submission as its page shows it; None where no run came to it."""
    run = run_of(submission)
    shown = tasks_shown(run, package_of(run.package_version), submission.answers) if run else []
    return next((one for one in shown if one.id == task), None)


def run_of(submission: Submission) -> Run | None:
    """The run that speaks, with its verdicts; else whichever there is."""
    speaks = runs_that_speak([submission]).get(submission.pk)
    if speaks is None:
        return run_shown(submission)
    runs = Run.objects.select_related("package_version__assignment__course").prefetch_related("tasks__checks")
    return runs.get(pk=speaks.pk)

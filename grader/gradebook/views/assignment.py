"""An assignment: what it asks, its rules, the form that hands work in, and one's attempts so far."""

from __future__ import annotations

import mimetypes
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assignments.models import Assignment
from assignments.package.figures import FOLDER
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader.accounts.models import User
from grader.accounts.queries import assignments_open_to
from grader.gradebook.queries import attempts_of, grades_of, late_steps_in_dates
from grader.gradebook.views.handing_in import closed_sentence, hand_in, homework_of, keep
from grader.gradebook.views.home import state_of
from grader.submissions.forms import SubmissionForm
from grader.submissions.models import Submission
from grader.submissions.queries import draft_of
from grader.submissions.terms import Door, door_of

mimetypes.add_type("application/x-ipynb+json", ".ipynb")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, course: str, slug: str) -> HttpResponse:
    """The page; a POST hands in, and comes back with 422 and everything kept where something is wrong."""
    user = cast(User, request.user)
    assignment = _assignment(user, course, slug)
    package = _package(assignment)
    door = door_of(user, assignment)
    attempts = attempts_of(user, assignment)
    draft = draft_of(user, assignment)
    saved = draft.answers if draft else attempts[0].answers if attempts else {}
    too_early = request.method == "POST" and _hidden(door)  # not even read: what is wrong with it would tell what is asked
    posted = request if request.method == "POST" and not too_early else None
    form = SubmissionForm(package, saved=saved, draft=draft, request=posted, others=homework_of(assignment))
    if posted and "HX-Request" in request.headers:
        return _looked_over(request, form, user, assignment, door)
    if posted:
        done = hand_in(form, user, assignment, door)
        if done is not None:
            return redirect("submissions:show", public_id=done.public_id)
        form.draft = draft_of(user, assignment)
    context = _context(user, assignment, package, door, attempts) | {"form": form}
    return render(request, "gradebook/assignment.html", context, status=422 if too_early or form.wrongs or form.asked else 200)


def _looked_over(request: HttpRequest, form: SubmissionForm, user: User, assignment: Assignment, door: Door) -> HttpResponse:
    """The same form before it is sent: kept as a draft, and told what there is to say about its notebook. No attempt is used."""
    if not form.notebook_came:  # somebody types, and what they typed is kept
        if door.open:
            keep(form, user, assignment)
        return HttpResponse(status=204)
    form.is_valid()
    if door.open:
        keep(form, user, assignment)
    return render(request, "gradebook/parts/preflight.html", {"form": form, "saved": door.open})


@login_required
@require_safe
def starter(request: HttpRequest, course: str, slug: str) -> FileResponse:
    """The starter notebook, as a file to save."""
    user = cast(User, request.user)
    assignment = _assignment(user, course, slug)
    path = _package(assignment).root / "starter.ipynb"
    if _hidden(door_of(user, assignment)) or not path.is_file():
        raise Http404
    name = f"{assignment.course.slug}-{assignment.slug}.ipynb"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/x-ipynb+json")


@login_required
@require_safe
def figure(request: HttpRequest, course: str, slug: str, name: str) -> FileResponse:
    """A picture of the texts, which name it beside the page's own address. Opened by itself, it may do and load nothing."""
    user = cast(User, request.user)
    assignment = _assignment(user, course, slug)
    path = _package(assignment).root / FOLDER / f"{name}.svg"
    if _hidden(door_of(user, assignment)) or not path.is_file():
        raise Http404
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
        "Cache-Control": "private, max-age=60",
    }
    return FileResponse(path.open("rb"), content_type="image/svg+xml; charset=utf-8", headers=headers)


def _assignment(user: User, course: str, slug: str) -> Assignment:
    return get_object_or_404(assignments_open_to(user), course__slug=course, slug=slug)


def _package(assignment: Assignment) -> AssignmentPackage:
    assert assignment.current_version is not None  # `assignments_open_to` sees to it
    return package_of(assignment.current_version)


def _hidden(door: Door) -> bool:
    """A student does not see what opens later."""
    return door.opens_later and not door.teaches


def _context(
    user: User, assignment: Assignment, package: AssignmentPackage, door: Door, attempts: list[Submission]
) -> dict[str, Any]:
    grade = grades_of(user).get(assignment.pk)
    return {
        "assignment": assignment,
        "package": package,
        "door": door,
        "hidden": _hidden(door),
        "why_closed": "" if door.open else closed_sentence(door),
        "attempts": attempts,
        "grade": grade,
        "grade_state": state_of(grade),
        "has_starter": (package.root / "starter.ipynb").is_file(),
        "overdue": door.overdue,
        "late_steps": late_steps_in_dates(assignment, door.terms),
    }

"""An assignment: what it asks, its rules, the form that hands work in, and one's attempts so far."""

from __future__ import annotations

import mimetypes
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assignments.models import Assignment
from assignments.package.figures import FOLDER
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import catalogue
from grader.accounts.models import User
from grader.accounts.queries import assignments_open_to
from grader.gradebook.queries import attempts_of, grades_of
from grader.gradebook.services import submission_receive
from grader.gradebook.views.home import state_of
from grader.submissions.errors import SubmitRefused
from grader.submissions.forms import SubmissionForm
from grader.submissions.models import Submission
from grader.submissions.queries import draft_of
from grader.submissions.services import draft_save
from grader.submissions.templatetags.words import language, seconds
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
    form = SubmissionForm(package, saved=saved, draft=draft, request=request if request.method == "POST" else None)
    if request.method == "POST":
        done = _hand_in(form, user, assignment, door)
        if done is not None:
            return redirect("submissions:show", public_id=done.public_id)
        form.draft = draft_of(user, assignment)
    context = _context(user, assignment, package, door, attempts) | {"form": form}
    return render(request, "gradebook/assignment.html", context, status=422 if form.wrongs else 200)


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


def _hand_in(form: SubmissionForm, user: User, assignment: Assignment, door: Door) -> Submission | None:
    """The submission, or None with the form's `wrongs` filled and a draft kept."""
    valid = form.is_valid()
    if not door.open:
        form.refuse(_closed_sentence(door))
    elif valid:
        try:
            return submission_receive(
                student=user,
                assignment=assignment,
                notebook=form.notebook,
                notebook_name=form.notebook_name,
                answers=form.answers,
            )
        except SubmitRefused as refused:
            form.refuse(catalogue.render(refused.code, refused.values, language()))
    draft_save(
        student=user,
        assignment=assignment,
        notebook=form.notebook if form.fresh else None,
        notebook_name=form.notebook_name if form.fresh else "",
        answers=form.answers,
    )
    return None


def _closed_sentence(door: Door) -> str:
    if door.teaches:
        return _("You teach this course; only its students can hand in work.")
    if door.opens_later:
        return _("This assignment is not open yet.")
    if door.closed:
        return _("This assignment is closed: work is no longer accepted. Ask your teacher if you need more time.")
    if door.left != 0:
        return _("There is a break after each attempt. You can hand in the next one in %(time)s.") % {
            "time": seconds(door.wait_s)
        }
    return _("No attempts are left. If the last one failed through no fault of yours, tell your teacher.")


def _context(
    user: User, assignment: Assignment, package: AssignmentPackage, door: Door, attempts: list[Submission]
) -> dict[str, Any]:
    grade = grades_of(user).get(assignment.pk)
    return {
        "assignment": assignment,
        "package": package,
        "door": door,
        "hidden": _hidden(door),
        "why_closed": "" if door.open else _closed_sentence(door),
        "attempts": attempts,
        "grade": grade,
        "grade_state": state_of(grade),
        "has_starter": (package.root / "starter.ipynb").is_file(),
        "overdue": door.overdue,
    }

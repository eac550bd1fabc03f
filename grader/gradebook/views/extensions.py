"""What one student was given beyond the rest in each assignment of a course: giving it, changing it, taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from assignments.models import Assignment, Course
from grader.accounts.models import Extension, User
from grader.accounts.queries import courses_taught_by, may_manage, students_visible_to
from grader.gradebook.clock import moment_typed, zone_of
from grader.gradebook.extensions import extensions_give, extensions_take_back
from grader.gradebook.views.extension_form import ExtensionForm
from grader.submissions.terms import Terms, terms_with


@dataclass(frozen=True)
class Line:
    """One assignment: what holds for everybody, what for this student, and how that came about (newest first)."""

    assignment: Assignment
    everybody: Terms
    own: Terms
    history: list[Extension]

    @property
    def extended(self) -> bool:
        return self.own.extended


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, course: str, person: str) -> HttpResponse:
    """The page; a POST gives or takes back, and comes back with 422 and what was typed where something is missing."""
    found = get_object_or_404(courses_taught_by(request.user), slug=course)
    if not may_manage(request.user, found):
        raise PermissionDenied
    student = get_object_or_404(students_visible_to(request.user, found), public_id=person)
    zone, lines = zone_of(found), _lines(found, student)
    form = _form(request, lines, zone)
    if request.method == "POST" and _done(request, student, lines, form, zone):
        return redirect("gradebook:extensions", found.slug, student.public_id)
    context = {
        "course": found,
        "student": student,
        "lines": lines,
        "form": form,
        "any": any(line.extended for line in lines),
        "zone": zone.key,
    }
    return render(request, "gradebook/extensions.html", context, status=422 if form.problems else 200)


def _lines(course: Course, student: User) -> list[Line]:
    """Every assignment of the course with what this student got there. Two queries."""
    rows: dict[int, list[Extension]] = {}
    given = Extension.objects.filter(student=student, assignment__course=course).select_related("given_by").order_by("-id")
    for row in given:
        rows.setdefault(row.assignment_id, []).append(row)
    assignments = Assignment.objects.filter(course=course, current_version__isnull=False).select_related("course")
    lines = []
    for assignment in assignments.order_by("position", "slug"):
        history = rows.get(assignment.pk, [])
        newest = history[0] if history and history[0].gives else None
        lines.append(Line(assignment, terms_with(assignment, None), terms_with(assignment, newest), history))
    return lines


def _form(request: HttpRequest, lines: list[Line], zone: ZoneInfo) -> ExtensionForm:
    """What was typed; else, for the assignment that `?assignment=` names, what the student has there now."""
    if request.method == "POST":
        return ExtensionForm.of(request)
    wanted = request.GET.get("assignment", "")
    line = next((line for line in lines if line.assignment.slug == wanted), None)
    if line is None or not line.extended:
        return ExtensionForm(assignment=line.assignment.slug if line else "")
    row = line.history[0]
    return ExtensionForm(
        assignment=line.assignment.slug,
        due=moment_typed(row.due_at, zone),
        closes=moment_typed(row.closes_at, zone),
        more=str(row.more_attempts) if row.more_attempts else "",
    )


def _done(request: HttpRequest, student: User, lines: list[Line], form: ExtensionForm, zone: ZoneInfo) -> bool:
    """False: something is wrong, and the form knows what."""
    line = next((line for line in lines if line.assignment.slug == form.assignment), None)
    taking_back = request.POST.get("do") == "take_back"
    given = form.read(line.everybody if line else None, zone, gives=not taking_back)
    if given is None or line is None:
        return False
    by = cast(User, request.user)
    if taking_back:
        rows = extensions_take_back(students=[student], assignment=line.assignment, reason=form.reason, by=by)
        said = _("The extension is taken back.") if rows else _("There was no extension to take back.")
    else:
        extensions_give(
            students=[student],
            assignment=line.assignment,
            due_at=given.due_at,
            closes_at=given.closes_at,
            more_attempts=given.more_attempts,
            reason=form.reason,
            by=by,
        )
        said = _("The extension is given.")
    messages.success(request, said)
    return True

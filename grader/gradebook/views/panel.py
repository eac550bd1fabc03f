"""One cell of the gradebook: the grade, how it came about, and a form that sets it by hand.

With htmx it is the panel beside the table, without JavaScript a page of its own; both render `gradebook/parts/panel.html`.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import Extension, User
from grader.accounts.queries import extension_of, students_visible_to
from grader.gradebook.grid.markup import Cells
from grader.gradebook.grid.rows import Cell, Column, course_for
from grader.gradebook.models import Grade
from grader.gradebook.points import whole_read
from grader.gradebook.queries import attempts_of
from grader.gradebook.services import grade_ensure
from grader.gradebook.views.desk import DeskForm, grade_act
from grader.gradebook.views.home import state_of
from grader.submissions.models import Run


@login_required
@require_safe
@never_cache
def cell(request: HttpRequest, course: str, student: str, slug: str) -> HttpResponse:
    found, person, assignment = _place(request, course, student, slug)
    return _shown(request, found, person, assignment)


@login_required
@require_POST
@never_cache
def override(request: HttpRequest, course: str, student: str, slug: str) -> HttpResponse:
    """Set the grade by hand, or take that back. Whoever was overtaken reads what there is now, and what they typed stays."""
    found, person, assignment = _place(request, course, student, slug)
    grade = grade_ensure(person, assignment)
    problem = _decide(request, grade)
    if problem:
        return _shown(request, found, person, assignment, problem=problem)
    if request.headers.get("HX-Request"):
        return _shown(request, found, person, assignment, done=True)
    messages.success(request, _("The grade is changed."))
    return redirect("gradebook:cell", course=course, student=student, slug=slug)


def _decide(request: HttpRequest, grade: Grade) -> str:
    """What is wrong, empty where all is well."""
    form = DeskForm(
        act="withdraw" if request.POST.get("action") == "withdraw" else "override",
        points=request.POST.get("score", "").strip(),
        reason=request.POST.get("reason", "").strip(),
        seen=whole_read(request.POST.get("seen", "")) or 0,
    )
    if grade_act(form, grade, cast(User, request.user)):
        return ""
    if form.overtaken:
        return _("Somebody changed this grade while you had it open. It is shown as it is now: send again if you still mean it.")
    return " ".join(form.problems.values())


def _place(request: HttpRequest, course: str, student: str, slug: str) -> tuple[Course, User, Assignment]:
    """404 for whatever this person may not see."""
    found = course_for(request.user, course)
    person = get_object_or_404(students_visible_to(request.user, found), public_id=student)
    assignment = get_object_or_404(Assignment, course=found, slug=slug, current_version__isnull=False)
    return found, person, assignment


def _shown(
    request: HttpRequest, course: Course, person: User, assignment: Assignment, *, problem: str = "", done: bool = False
) -> HttpResponse:
    grade = Grade.objects.filter(student=person, assignment=assignment).select_related("run").first()
    context = _context(course, person, assignment, grade) | {
        "problem": problem,
        "done": done,
        "typed_score": request.POST.get("score", "") if problem else "",
        "typed_reason": request.POST.get("reason", "") if problem else "",
        "cell": mark_safe(_cell(assignment, grade, extension_of(person, assignment))),  # noqa: S308  (numbers and words)
    }
    fragment = bool(request.headers.get("HX-Request"))
    # htmx puts nothing into the page but what comes with 200.
    response = render(
        request, "gradebook/parts/panel.html" if fragment else "gradebook/cell.html", context,
        status=200 if fragment or not problem else 422,
    )  # fmt: skip
    patch_vary_headers(response, ["HX-Request"])
    return response


def _context(course: Course, person: User, assignment: Assignment, grade: Grade | None) -> dict[str, Any]:
    run = grade.run if grade else None
    history = list(grade.history.select_related("changed_by").order_by("-version")) if grade else []
    return {
        "course": course,
        "student": person,
        "assignment": assignment,
        "grade": grade,
        "state": state_of(grade),
        "run": run,
        "tasks": list(run.tasks.all()) if run else [],
        "counts": Run.objects.filter(pk=run.pk).values_list("submission__attempt", flat=True).first() if run else None,
        "history": history,
        "attempts": attempts_of(person, assignment),
        "extension": extension_of(person, assignment),
        "seen": grade.version if grade else 0,
        "most": max(grade.max_score, assignment.max_score) if grade else assignment.max_score,
    }


def _cell(assignment: Assignment, grade: Grade | None, given: Extension | None) -> str:
    """The cell as the table would show it now, so that the page beside need not be loaded again."""
    now = timezone.now()
    overdue = bool(assignment.due_at and assignment.due_at < now)
    column = Column(assignment.pk, assignment.slug, assignment.title, assignment.max_score, overdue)
    known = (grade.score, grade.max_score, grade.state, grade.late, grade.overridden, grade.reviews_open) if grade else None
    said = known or (None, assignment.max_score, "none", False, False, 0)
    small = Cell(*said, given is not None, bool(given and given.due_at and given.due_at > now))
    letter, inside = Cells([column]).inside(small, overdue)
    return f'<span data-letter="{letter}">{inside}</span>'

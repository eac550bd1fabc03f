"""One cell of the gradebook: the grade, how it came about, and a form that sets it by hand.

With htmx it is the panel beside the table, without JavaScript a page of its own; both render `gradebook/parts/panel.html`.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import Extension, User
from grader.accounts.queries import extension_of, students_visible_to
from grader.gradebook.decisions import OutOfRange, Overtaken, ReasonMissing, override_set, override_withdraw
from grader.gradebook.grid.markup import Cells
from grader.gradebook.grid.rows import Cell, Column, course_for
from grader.gradebook.models import Grade
from grader.gradebook.queries import attempts_of
from grader.gradebook.services import grade_ensure
from grader.gradebook.views.home import state_of
from grader.submissions.models import Run
from grader.submissions.templatetags.words import number

REASONS = {
    "run": pgettext_lazy("change", "a run was judged"),
    "regrade": pgettext_lazy("change", "regraded"),
    "override": pgettext_lazy("change", "set by hand"),
    "review": pgettext_lazy("change", "decided in a review"),
    "late_policy": pgettext_lazy("change", "the rule for late work changed"),
    "extension": pgettext_lazy("change", "an extension"),
}


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
    by, reason = cast(User, request.user), request.POST.get("reason", "")
    seen = request.POST.get("seen", "")
    version = int(seen) if seen.isascii() and seen.isdigit() else -1
    try:
        if request.POST.get("action") == "withdraw":
            override_withdraw(grade=grade, reason=reason, by=by, seen_version=version)
        else:
            override_set(grade=grade, score=_score(request.POST.get("score", "")), reason=reason, by=by, seen_version=version)
    except Overtaken:
        return _("Somebody changed this grade while you had it open. It is shown as it is now: send again if you still mean it.")
    except OutOfRange as problem:
        return _("The points must be a number from 0 to %(most)s.") % {"most": number(problem.most)}
    except InvalidOperation:
        return _("The points must be a number, such as 7.5 or 7,5.")
    except ReasonMissing:
        return _("Say why: the student will read it.")
    return ""


def _score(text: str) -> Decimal:
    return Decimal(text.strip().replace(",", ".")).quantize(Decimal("0.01"))


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
    history = grade.history.select_related("changed_by").order_by("-version") if grade else []
    return {
        "course": course,
        "student": person,
        "assignment": assignment,
        "grade": grade,
        "state": state_of(grade),
        "run": run,
        "tasks": list(run.tasks.all()) if run else [],
        "counts": Run.objects.filter(pk=run.pk).values_list("submission__attempt", flat=True).first() if run else None,
        "before_penalty": grade.score + grade.penalty if grade and grade.score is not None and grade.penalty else None,
        "history": [(change, str(REASONS.get(change.reason, change.reason))) for change in history],
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

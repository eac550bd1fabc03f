"""What is done for several students at once: those who are ticked in the table, else all whom its filter shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import may_manage, students_visible_to
from grader.gradebook.clock import zone_of
from grader.gradebook.extensions import extensions_give
from grader.gradebook.grid.export import list_csv, raw_csv, table_csv
from grader.gradebook.grid.rows import Grid, Row, course_for, grid_of
from grader.gradebook.grid.wanted import Wanted, rows_wanted
from grader.gradebook.views.extension_form import ExtensionForm
from grader.submissions.terms import terms_with

KINDS: dict[str, Callable[[Grid, list[Row], Course], str]] = {"table": table_csv, "list": list_csv, "raw": raw_csv}


@login_required
@require_safe
@never_cache
def export(request: HttpRequest, course: str) -> HttpResponse:
    """The table as CSV, narrowed and sorted as the page is. `?kind=` is table, list or raw."""
    found = course_for(request.user, course)
    grid = grid_of(request.user, found)
    return _file(found, grid, rows_wanted(grid, Wanted.of(request.GET)), request.GET.get("kind", ""))


@login_required
@require_POST
@never_cache
def bulk(request: HttpRequest, course: str) -> HttpResponse:
    """The form for an action on the chosen students; an export comes at once."""
    found = course_for(request.user, course)
    grid = grid_of(request.user, found)
    rows = _chosen(request, grid)
    action = request.POST.get("action", "")
    if action == "export":
        return _file(found, grid, rows, request.POST.get("kind", ""))
    if not may_manage(request.user, found):
        raise PermissionDenied
    wanted = Wanted.of(QueryDict(request.POST.get("wanted", "").removeprefix("?")))
    form = ExtensionForm(assignment=wanted.assignment)
    if request.POST.get("step") == "apply" and action == "extension":
        form = ExtensionForm.of(request)
        done = _extend(request, found, rows, form)
        if done is not None:
            return done
    context = {
        "course": found,
        "action": action,
        "rows": rows,
        # Empty where it is everybody: the names of thousands would make too long an address.
        "usernames": " ".join(row.username for row in rows) if len(rows) < len(grid.rows) else "",
        "columns": grid.columns,
        "form": form,
        "wanted": request.POST.get("wanted", ""),
        "zone": zone_of(found).key,
    }
    return render(request, "gradebook/bulk.html", context, status=422 if form.problems else 200)


def _chosen(request: HttpRequest, grid: Grid) -> list[Row]:
    """Who is ticked; with nobody ticked, whom the filter shows. Others than the grid's own are not there to be chosen."""
    rows = rows_wanted(grid, Wanted.of(QueryDict(request.POST.get("wanted", "").removeprefix("?"))))
    ticked = set(" ".join(request.POST.getlist("s")).split())  # a field each from the table, one with all from the next page
    return [row for row in grid.rows if row.public_id in ticked] if ticked else rows


def _file(course: Course, grid: Grid, rows: list[Row], kind: str) -> HttpResponse:
    kind = kind if kind in KINDS else "table"
    today = timezone.localdate().isoformat()
    headers = {
        "Content-Disposition": f'attachment; filename="{course.slug}-{kind}-{today}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(KINDS[kind](grid, rows, course), content_type="text/csv; charset=utf-8", headers=headers)


def _extend(request: HttpRequest, course: Course, rows: list[Row], form: ExtensionForm) -> HttpResponse | None:
    """None: something is wrong, and the form knows what."""
    assignment = Assignment.objects.filter(course=course, slug=form.assignment, current_version__isnull=False).first()
    given = form.read(terms_with(assignment, None) if assignment else None, zone_of(course))
    if given is None or assignment is None:
        return None
    students = students_visible_to(request.user, course).filter(pk__in=[row.student_id for row in rows])
    rows_given = extensions_give(
        students=students, assignment=assignment, due_at=given.due_at, closes_at=given.closes_at,
        more_attempts=given.more_attempts, reason=form.reason, by=cast(User, request.user),
    )  # fmt: skip
    said = ngettext("%(n)d student has an extension now.", "%(n)d students have an extension now.", len(rows_given))
    messages.success(request, said % {"n": len(rows_given)})
    wanted = Wanted.of(QueryDict(request.POST.get("wanted", "").removeprefix("?")))
    return redirect(reverse("gradebook:course", args=[course.slug]) + wanted.address())

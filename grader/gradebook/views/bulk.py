"""What is done for several students at once: those who are ticked in the table, else all whom its filter shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import may_manage, students_visible_to
from grader.gradebook.extensions import extensions_give
from grader.gradebook.grid.export import list_csv, raw_csv, table_csv
from grader.gradebook.grid.rows import Grid, Row, course_for, grid_of
from grader.gradebook.grid.wanted import Wanted, rows_wanted

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
        "usernames": " ".join(row.username for row in rows),
        "columns": grid.columns,
        "form": form,
        "wanted": request.POST.get("wanted", ""),
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "gradebook/bulk.html", context, status=422 if form.problems else 200)


def _chosen(request: HttpRequest, grid: Grid) -> list[Row]:
    """Who is ticked; with nobody ticked, whom the filter shows. Others than the grid's own are not there to be chosen."""
    rows = rows_wanted(grid, Wanted.of(QueryDict(request.POST.get("wanted", "").removeprefix("?"))))
    ticked = set(request.POST.getlist("s"))
    return [row for row in grid.rows if row.public_id in ticked] if ticked else rows


def _file(course: Course, grid: Grid, rows: list[Row], kind: str) -> HttpResponse:
    kind = kind if kind in KINDS else "table"
    today = timezone.localdate().isoformat()
    headers = {
        "Content-Disposition": f'attachment; filename="{course.slug}-{kind}-{today}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(KINDS[kind](grid, rows, course), content_type="text/csv; charset=utf-8", headers=headers)


@dataclass
class ExtensionForm:
    """What was typed, and what is wrong with it by field."""

    assignment: str = ""
    due: str = ""
    closes: str = ""
    more: str = ""
    reason: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> ExtensionForm:
        def typed(name: str) -> str:
            return request.POST.get(name, "").strip()[:2000]

        return cls(typed("assignment"), typed("due"), typed("closes"), typed("more"), typed("reason"))

    @property
    def due_at(self) -> datetime | None:
        return self._moment("due")

    @property
    def closes_at(self) -> datetime | None:
        return self._moment("closes")

    @property
    def more_attempts(self) -> int:
        if not self.more:
            return 0
        if not (self.more.isascii() and self.more.isdigit() and int(self.more) <= 100):
            self.problems["more"] = _("Give a whole number from 0 to 100.")
            return 0
        return int(self.more)

    def _moment(self, name: str) -> datetime | None:
        """In the reader's zone, which the page names."""
        text = getattr(self, name)
        if not text:
            return None
        try:
            read = parse_datetime(text)
        except ValueError:
            read = None
        if read is None:
            self.problems[name] = _("Give a date and a time, such as 2026-11-24T18:30.")
            return None
        return read if timezone.is_aware(read) else timezone.make_aware(read)


def _extend(request: HttpRequest, course: Course, rows: list[Row], form: ExtensionForm) -> HttpResponse | None:
    """None: something is wrong, and the form knows what."""
    assignment = Assignment.objects.filter(course=course, slug=form.assignment, current_version__isnull=False).first()
    due, closes, more = form.due_at, form.closes_at, form.more_attempts
    if assignment is None:
        form.problems["assignment"] = _("Choose an assignment.")
    if not form.problems and due is None and closes is None and not more:
        form.problems["due"] = _("Give a later date, or more attempts.")
    if not form.reason:
        form.problems["reason"] = _("Say why: the student and your colleagues will read it.")
    if form.problems or assignment is None:
        return None
    students = students_visible_to(request.user, course).filter(pk__in=[row.student_id for row in rows])
    given = extensions_give(
        students=students, assignment=assignment, due_at=due, closes_at=closes, more_attempts=more, reason=form.reason,
        by=cast(User, request.user),
    )  # fmt: skip
    said = ngettext("%(n)d student has an extension now.", "%(n)d students have an extension now.", len(given))
    messages.success(request, said % {"n": len(given)})
    wanted = Wanted.of(QueryDict(request.POST.get("wanted", "").removeprefix("?")))
    return redirect(reverse("gradebook:course", args=[course.slug]) + wanted.address())

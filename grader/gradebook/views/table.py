"""The gradebook of a course: one plain table for those who teach it.

Plain on purpose: 500 students by 22 assignments are 11,000 cells, which browsers lay out in a blink, find with Ctrl+F and
print, as long as a cell is small (`grid.markup`). All that narrows and sorts it stays in the address. A browser that shows
it again asks by the version of what it has, and hears 304 where nothing changed.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from assignments.models import Course
from grader.accounts.models import User
from grader.accounts.names import folded
from grader.gradebook.grid.markup import Cells, averages, legend
from grader.gradebook.grid.rows import Grid, course_for, grid_of, version_of
from grader.gradebook.grid.wanted import Wanted, page_of, rows_wanted
from grader.submissions.templatetags.words import language

FILTERS = {
    "missing": _("due and not handed in"),
    "none": _("not handed in"),
    "waiting": _("being graded"),
    "review": _("needs review"),
    "all_points": _("all points"),
    "partial": _("a part of the points"),
    "no_points": _("no points"),
    "broken": _("the run failed"),
    "problem": _("our fault"),
    "cancelled": _("stopped by the student"),
    "late": _("handed in late"),
    "overridden": _("set by hand"),
    "extended": _("has an extension"),
}


@gzip_page
@login_required
@require_safe
def course(request: HttpRequest, course: str) -> HttpResponse:
    """The table, narrowed and sorted by the address (`grid.wanted`)."""
    user = cast(User, request.user)
    found = course_for(user, course)
    tag = None if len(get_messages(request)) else _tag(request, user, found)
    fresh = get_conditional_response(request, etag=tag) if tag else None
    response = fresh if isinstance(fresh, HttpResponse) else None
    if response is None or response.status_code != 304:
        response = render(request, "gradebook/course.html", _context(grid_of(user, found), found, Wanted.of(request.GET)))
    if tag:
        response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language"])
    return response


def _tag(request: HttpRequest, user: User, found: Course) -> str:
    """A name of this very page: what it shows, to whom, in which words, and whose forms are on it."""
    get_token(request)
    parts = (
        *(version_of(user, found), user.pk, user.display_name(), language(), get_current_timezone_name()),
        *(request.META.get("CSRF_COOKIE"), request.GET.urlencode(), _words()),
    )
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


@functools.cache
def _words() -> str:
    """Changes with the program that makes the page."""
    root = Path(__file__).resolve().parents[2]
    files = [*root.glob("gradebook/grid/*.py"), *root.glob("templates/*.html"), *root.glob("templates/gradebook/course.html")]
    files += [*root.glob("templates/parts/*.html"), *root.glob("locale/*/LC_MESSAGES/*.mo"), Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def _context(grid: Grid, course: Course, wanted: Wanted) -> dict[str, Any]:
    rows = rows_wanted(grid, wanted)
    shown, pages = page_of(rows, wanted)
    cells = Cells(grid.columns, grid.rows)
    by = wanted.sort or "name"
    return {
        "course": course,
        "wanted": wanted,
        "columns": [(column, _sort(wanted, column.slug, by)) for column in grid.columns],
        "sort_name": _sort(wanted, "name", by),
        "sort_total": _sort(wanted, "total", by),
        "body": _body(cells.line(row) for row in shown),
        "averages": averages(rows, len(grid.columns)),
        "students": len(grid.rows),
        "matching": len(rows),
        "sections": sorted({row.section for row in grid.rows if row.section}, key=folded),
        "filters": FILTERS.items(),
        "legend": legend(),
        "pages": [(n, wanted.address(page=n)) for n in range(1, pages + 1)] if pages > 1 else [],
        "at": min(wanted.page, pages),
        "same": wanted.address(page=1),
        "unsorted": wanted.address(sort="", page=1),
    }


def _body(lines: Any) -> SafeString:
    return mark_safe("".join(f"<tr>{line}\n" for line in lines))  # noqa: S308  (each line is safe already)


def _sort(wanted: Wanted, key: str, by: str) -> tuple[str, str]:
    """The address that sorts by `key`, the other way round where it does so already; and what `aria-sort` says now.

    Names begin with А, points with the least, since whoever sorts by points looks for those who have few.
    """
    now = "ascending" if by == key else "descending" if by == f"-{key}" else ""
    return wanted.address(sort=f"-{key}" if now == "ascending" else key, page=1), now

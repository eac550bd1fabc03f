"""The gradebook of a course: one plain table for those who teach it.

Plain on purpose: 500 students by 22 assignments are 11,000 cells, which browsers lay out in a blink, find with Ctrl+F
and print, as long as a cell is small. So cells are made here and not in the template: no closing tags that HTML does
not need, addresses relative to the page, one-letter classes that the style sheet names, and a word only where there is
more to say than a score.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from grader.accounts.queries import courses_taught_by
from grader.gradebook.models import Grade
from grader.gradebook.queries import Column, Row, folded, gradebook_rows, grades_visible_to
from grader.submissions.templatetags.words import SIGNS, number

# What a cell says beside its score, and the letter by which the style sheet knows it.
WORDS = {
    "late": ("l", pgettext_lazy("cell", "late")),
    "waiting": ("w", pgettext_lazy("cell", "waiting")),
    "broken": ("b", pgettext_lazy("cell", "broken")),
    "review": ("r", pgettext_lazy("cell", "review")),
    "problem": ("p", pgettext_lazy("cell", "problem")),
    "cancelled": ("c", pgettext_lazy("cell", "stopped")),
}
FILTERS = {
    "late": _("handed in late"),
    "waiting": _("being graded"),
    "broken": _("the run failed"),
    "review": _("needs review"),
    "problem": _("our fault"),
    "cancelled": _("stopped by the student"),
    "missing": _("something not handed in"),
}


@dataclass(frozen=True)
class Line:
    """A student's row as the template prints it."""

    name: str
    username: str
    cells: SafeString


@login_required
@require_safe
@never_cache
def course(request: HttpRequest, course: str) -> HttpResponse:
    """The table, narrowed by `?name=` and `?state=`, which stay in the address so that it can be shared."""
    found = get_object_or_404(courses_taught_by(request.user), slug=course)
    book = gradebook_rows(found)
    name, state = request.GET.get("name", "").strip(), request.GET.get("state", "")
    rows = [row for row in book.rows if _matches(row, name, state)]
    context = {
        "course": found,
        "columns": book.columns,
        "lines": [_line(row, book.columns) for row in rows],
        "averages": _averages(rows, len(book.columns)),
        "students": len(book.rows),
        "name": name,
        "state": state,
        "filters": FILTERS.items(),
        "filtered": bool(name or state),
    }
    return render(request, "gradebook/course.html", context)


@login_required
@require_safe
def cell(request: HttpRequest, course: str, student: str, slug: str) -> HttpResponse:
    """From a cell to the student's latest result there. Cells link by student and assignment, which packs well."""
    get_object_or_404(courses_taught_by(request.user), slug=course)
    grade = get_object_or_404(
        grades_visible_to(request.user), assignment__course__slug=course, assignment__slug=slug, student__public_id=student
    )
    if not grade.latest_submission:
        raise Http404
    return redirect("submissions:show", public_id=grade.latest_submission)


def _matches(row: Row, name: str, state: str) -> bool:
    wanted = folded(name)
    if wanted and wanted not in folded(row.name) and wanted not in row.username.casefold():
        return False
    if state == "missing":
        return any(grade is None for grade in row.cells)
    if state in FILTERS:
        return any(grade is not None and state in _states(grade) for grade in row.cells)
    return True


def _states(grade: Grade) -> list[str]:
    states = [] if grade.state == Grade.State.GRADED else [str(grade.state)]
    return [*states, "late"] if grade.late else states


def _line(row: Row, columns: tuple[Column, ...]) -> Line:
    words = {state: f"{SIGNS[state]} {escape(word)}" for state, (_letter, word) in WORDS.items()}
    pairs = zip(row.cells, columns, strict=True)
    cells = "".join(_cell(grade, f"{row.public_id}/{column.slug}", words) for grade, column in pairs)
    scores = [grade.score for grade in row.cells if grade and grade.score is not None]
    total = f"<td>{number(sum(scores, Decimal(0)))}" if scores else "<td>"
    return Line(row.name, row.username, mark_safe(cells + total))  # noqa: S308  (numbers, opaque ids and slugs only)


def _cell(grade: Grade | None, address: str, words: dict[str, str]) -> str:
    """One `<td>`, closed by the next, as HTML allows."""
    if grade is None:
        return "<td>"
    states = _states(grade)
    letter = WORDS[states[0]][0] if states else "f" if grade.score is not None and grade.score >= grade.max_score else ""
    said = " ".join(words[state] for state in states)
    score = number(grade.score) if grade.score is not None else "" if states else "—"
    inside = f"{score}{' ' if score and said else ''}{f'<i>{said}</i>' if said else ''}"
    return f"<td{f' class={letter}' if letter else ''}><a href={address}>{inside}</a>"


def _averages(rows: Iterable[Row], columns: int) -> list[Decimal | None]:
    """Of what is graded, column by column, and of the totals; None where nothing is."""
    listed = list(rows)
    grades = [[row.cells[index] for row in listed] for index in range(columns)]
    scores = [[grade.score for grade in column if grade and grade.score is not None] for column in grades]
    totals = [[grade.score for grade in row.cells if grade and grade.score is not None] for row in listed]
    sums = [sum(total, Decimal(0)) for total in totals if total]
    return [sum(column, Decimal(0)) / len(column) if column else None for column in [*scores, sums]]

"""The table as CSV: for a spreadsheet in the reader's language, as a list to edit and import again, and raw for programs.

A spreadsheet in Russian takes `;` between cells and a comma in numbers; both files begin with a byte order mark, without which
Excel reads UTF-8 as something else. A text that a spreadsheet would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assignments.models import Course
from grader.accounts.models import Enrolment
from grader.gradebook.grid.rows import Grid, Row
from grader.gradebook.models import Grade
from grader.submissions.templatetags.words import in_language, language

FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"
RAW_HEADS = (
    *("student_id", "username", "external_user_id", "section", "assignment", "score", "max_score"),
    *("state", "late", "penalty", "overridden", "version", "updated_at"),
)


def guarded(text: str) -> str:
    """Without the power of a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def table_csv(grid: Grid, rows: Sequence[Row], course: Course) -> str:
    """A row a student, a column an assignment, in the reader's language."""
    known = external_ids(course)
    heads = [_("Student"), _("Username"), _("LMS id"), _("Section")]
    heads += [f"{column.slug}. {in_language(column.title)}" for column in grid.columns]
    lines = (
        [row.name, row.username, known.get(row.student_id, ""), row.section]
        + [decimal(cell.score) if cell is not None else "" for cell in row.cells]
        + [decimal(row.total)]
        for row in rows
    )
    return _written([*heads, _("Total")], lines)


def list_csv(grid: Grid, rows: Sequence[Row], course: Course) -> str:
    """A row a grade with its version: what the import of grades takes. Grades that there are not have version 0."""
    versions = dict(_versions(course))
    heads = [_("Student"), _("Username"), pgettext("csv", "Assignment"), _("Points"), pgettext("csv", "Most"), _("Version")]
    lines = (
        [
            *(row.name, row.username, column.slug, decimal(cell.score if cell else None), decimal(column.max_score)),
            str(versions.get((row.student_id, column.id), 0)),
        ]
        for row in rows
        for cell, column in zip(row.cells, grid.columns, strict=True)
    )
    return _written(heads, lines)


def raw_csv(grid: Grid, rows: Sequence[Row], course: Course) -> str:
    """A row a grade for programs: commas, points, English words, no mark. Values are as they are, so no guard."""
    known = external_ids(course)
    people = {row.student_id: row for row in rows}
    slugs = {column.id: column.slug for column in grid.columns}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(RAW_HEADS)
    fields = ("score", "max_score", "state", "late", "penalty", "overridden", "version", "updated_at")
    grades = Grade.objects.filter(assignment__in=slugs, student__in=people).order_by("student__username", "assignment__position")
    for student, assignment, *values in grades.values_list("student_id", "assignment_id", *fields):
        row = people[student]
        said = ["" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value) for value in values]
        writer.writerow([row.public_id, row.username, known.get(student, ""), row.section, slugs[assignment], *said])
    return out.getvalue()


def decimal(score: Decimal | None) -> str:
    """12,5 in Russian, 12.5 in English; never grouped, since a program may read it."""
    if score is None:
        return ""
    text = f"{score.normalize():f}"
    return text.replace(".", ",") if language() == "ru" else text


def external_ids(course: Course) -> dict[int, str]:
    """By student: what the LMS calls them."""
    return dict(Enrolment.objects.filter(course=course).exclude(external_user_id="").values_list("user_id", "external_user_id"))


def _versions(course: Course) -> Iterable[tuple[tuple[int, int], int]]:
    rows = Grade.objects.filter(assignment__course=course).values_list("student_id", "assignment_id", "version")
    return (((student, assignment), version) for student, assignment, version in rows)


def _written(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, delimiter=";" if language() == "ru" else ",", lineterminator="\r\n")
    writer.writerow([guarded(head) for head in heads])
    writer.writerows([guarded(text) for text in line] for line in lines)
    return out.getvalue()

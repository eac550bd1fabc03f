"""A file of grades to be set by hand: read, compared with what there is, each line with its own problem. Writes nothing.

Takes what `export.list_csv` and `raw_csv` write, with the heads of either language, `;`, `,` or tabs, in UTF-8, UTF-16 or the
Cyrillic page of Windows. A line whose points are as they are, or empty, asks for nothing. Where the file says which version of
the grade its writer saw, and the grade has moved since, the line is a conflict.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.gradebook.models import Grade
from grader.submissions.templatetags.words import number

LIMIT = 4 * 2**20  # bytes
LINES_LIMIT = 120_000
CHANGES_LIMIT = 500  # each is a decision with its history and event: more would outlast the patience of a request


class NotReadable(Exception):
    """The file as a whole can't be taken; the text says why, in the reader's language."""


@dataclass(frozen=True)
class Line:
    """One line of the file as it stands there."""

    number: int
    who: str
    assignment: str
    score: str
    version: str


@dataclass(frozen=True)
class Change:
    """A line that asks for something. `problem` is empty where it can be done."""

    number: int
    who: str
    name: str
    assignment: str
    before: Decimal | None
    after: Decimal | None
    version: int
    student_id: int = 0
    assignment_id: int = 0
    problem: str = ""


def lines_of(raw: bytes) -> list[Line]:
    """The lines of a file. Raises `NotReadable`."""
    text = _text(raw)
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = _columns(next(rows, []))
        found = [_line(rows.line_num, row, columns) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error as problem:
        raise NotReadable(_bad_table()) from problem
    if len(found) > LINES_LIMIT:
        raise NotReadable(_bad_table())
    return found


def _bad_table() -> str:
    return _("This is not a table that can be read. Save it as CSV, and send that.")


def _text(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and not raw.startswith(b"PK"):
            return text
    raise NotReadable(_bad_table())


def _columns(heads: Sequence[str]) -> dict[str, int]:
    names = _names()
    found: dict[str, int] = {}
    for place, head in enumerate(heads):
        meaning = names.get(head.strip().lstrip("'").casefold())
        if meaning is not None:
            found.setdefault(meaning, place)
    missing = [words for meaning, words in _needed().items() if meaning not in found]
    if missing:
        raise NotReadable(_("The first line must name the columns. Missing: %(names)s.") % {"names": ", ".join(missing)})
    return found


def _needed() -> dict[str, str]:
    return {"who": _("Username"), "assignment": pgettext("csv", "Assignment"), "score": _("Points")}


def _names() -> dict[str, str]:
    """What a head means, by its words in either language and for programs."""
    names = {"username": "who", "assignment": "assignment", "score": "score", "version": "version"}
    for code in ("ru", "en"):
        with translation.override(code):
            names |= {words.casefold(): meaning for meaning, words in _needed().items()}
            names[_("Version").casefold()] = "version"
    return names


def _line(number: int, row: Sequence[str], columns: Mapping[str, int]) -> Line:
    def cell(name: str) -> str:
        place = columns.get(name, len(row))
        return row[place].strip().lstrip("'")[:200] if place < len(row) else ""

    return Line(number, cell("who"), cell("assignment"), cell("score"), cell("version"))


def changes_of(lines: Iterable[Line], course: Course, students: Iterable[User]) -> list[Change]:
    """What the lines ask for, against what there is now. `students` are those whom the reader may see. Two queries."""
    people = {user.username: user for user in students}
    assignments = {one.slug: one for one in Assignment.objects.filter(course=course, current_version__isnull=False)}
    grades = {(one.student_id, one.assignment_id): one for one in Grade.objects.filter(assignment__course=course)}
    seen: dict[tuple[str, str], int] = {}
    found = []
    for line in lines:
        if not line.score:
            continue
        user, assignment = people.get(line.who), assignments.get(line.assignment)
        grade = grades.get((user.pk, assignment.pk)) if user and assignment else None
        change = _change(line, user, assignment, grade)
        if change is None:
            continue
        first = seen.setdefault((line.who, line.assignment), line.number)
        if first != line.number:
            change = _refused(change, _("Line %(number)d is about the same grade.") % {"number": first})
        found.append(change)
    return found


def _change(line: Line, user: User | None, assignment: Assignment | None, grade: Grade | None) -> Change | None:
    """None where it is as the line says already."""
    before = grade.score if grade else None
    version = grade.version if grade else 0
    asked = Change(line.number, line.who, user.display_name() if user else "", line.assignment, before, None, version)
    if user is None:
        return _refused(asked, _("Nobody whose work you see has the username “%(name)s”.") % {"name": line.who})
    if assignment is None:
        return _refused(asked, _("This course has no assignment “%(slug)s”.") % {"slug": line.assignment})
    try:
        after = Decimal(line.score.replace(",", ".").replace("\u00a0", "")).quantize(Decimal("0.01"))
    except InvalidOperation:
        return _refused(asked, _("“%(text)s” is not a number.") % {"text": line.score})
    most = max(grade.max_score, assignment.max_score) if grade else assignment.max_score
    if not after.is_finite() or not 0 <= after <= most:
        return _refused(asked, _("The points must be a number from 0 to %(most)s.") % {"most": number(most)})
    if after == before:
        return None
    made = Change(line.number, line.who, asked.name, line.assignment, before, after, version, user.pk, assignment.pk)
    if line.version and line.version != str(version):
        return _refused(
            made, _("Conflict: the grade has changed since the file was made. It is %(score)s now.") % {"score": number(before)}
        )
    return made


def _refused(change: Change, problem: str) -> Change:
    return Change(**{**vars(change), "problem": problem})

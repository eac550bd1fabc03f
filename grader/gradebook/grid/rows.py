"""Reading the table: students, assignments and grades as small tuples; and a version of it all that one cheap query tells."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils import timezone

from assignments.models import Assignment, Course
from grader.accounts.models import Enrolment, User
from grader.accounts.names import folded, listed_name
from grader.accounts.queries import courses_managed_by, courses_taught_by, extensions_of, students_visible_to


@dataclass(frozen=True, slots=True, eq=False)  # one object for all that look alike, so its identity is its value
class Cell:
    """One grade. `score` is None until something was judged. Of what was not handed in there is none, or one in state `none`."""

    score: Decimal | None
    max_score: Decimal
    state: str
    late: bool
    overridden: bool
    reviews: int  # that are open
    extended: bool = False
    later: bool = False  # an extension's deadline that is still ahead


@dataclass(frozen=True)
class Column:
    """One assignment. `overdue`: its deadline for everybody has passed."""

    id: int
    slug: str
    title: dict[str, str]
    max_score: Decimal
    overdue: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One student, with a cell (or None) for each column. `total` is None where nothing is graded."""

    student_id: int
    public_id: str
    name: str
    username: str
    section: str
    cells: tuple[Cell | None, ...]
    total: Decimal | None


@dataclass(frozen=True)
class Grid:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]  # by name


def course_for(user: User | AnonymousUser, slug: str) -> Course:
    """A course that this person teaches, with `manages`: whether they decide in it. Else 404."""
    managed = courses_managed_by(user).filter(pk=OuterRef("pk"))
    return get_object_or_404(courses_taught_by(user).annotate(manages=Exists(managed)), slug=slug)


def grid_of(user: User | AnonymousUser, course: Course) -> Grid:
    """The table as this person may see it: everybody, or the students of their sections. Four queries."""
    columns = columns_of(course)
    students = _students(students_visible_to(user, course), course)
    cells = _cells(course, columns)
    places = [column.id for column in columns]
    rows = [
        Row(pk, public_id, name, username, section, row := tuple(cells.get((pk, place)) for place in places), _total(row))
        for pk, public_id, name, username, section in students
    ]
    return Grid(columns, tuple(sorted(rows, key=lambda one: (folded(one.name), one.username))))


def columns_of(course: Course) -> tuple[Column, ...]:
    """The assignments that are out, in the course's order. One query."""
    rows = (
        Assignment.objects.filter(course=course, current_version__isnull=False)
        .order_by("position", "slug")
        .annotate(now=Now())
        .values_list("id", "slug", "title", "max_score", "due_at", "now")
    )
    return tuple(Column(pk, slug, title, most, bool(due and due < now)) for pk, slug, title, most, due, now in rows)


def _students(visible: QuerySet[User], course: Course) -> list[tuple[int, str, str, str, str]]:
    here = Enrolment.objects.filter(user=OuterRef("pk"), course=course).values("section__name")[:1]
    rows = visible.annotate(in_section=here).values_list("id", "public_id", "last_name", "first_name", "username", "in_section")
    return [
        (pk, public_id, listed_name(last, first, login), login, section or "")
        for pk, public_id, last, first, login, section in rows
    ]


# A row a student; each grade as one text, since thousands of rows of eight values take longer to come than to be made here.
_GRADES = """
SELECT g.student_id, array_agg(g.assignment_id || ' ' || concat_ws('|', coalesce(g.score::text, ''), g.max_score, g.state,
                                                                   g.late::int, g.overridden::int, g.reviews_open))
  FROM gradebook_grade g JOIN assignments_assignment a ON a.id = g.assignment_id WHERE a.course_id = %s GROUP BY g.student_id
"""


def _cells(course: Course, columns: Sequence[Column]) -> dict[tuple[int, int], Cell]:
    """By student and assignment. Two queries."""
    now = timezone.now()
    given = {
        place: "|1|1" if one.due_at is not None and one.due_at > now else "|1|0" for place, one in extensions_of(course).items()
    }
    same: dict[str, Cell] = {}
    found: dict[tuple[int, int], Cell] = {}
    with connection.cursor() as cursor:
        cursor.execute(_GRADES, [course.pk])
        for student, grades in cursor:
            for grade in grades:
                assignment, told = grade.split(" ", 1)
                place = (student, int(assignment))
                if place in given:
                    told += given[place]
                found[place] = same.get(told) or same.setdefault(told, _cell(told))
    most = {column.id: column.max_score for column in columns}
    for place in given.keys() - found.keys():
        if place[1] in most:
            found[place] = _cell(f"|{most[place[1]]}|none|0|0|0{given[place]}")
    return found


def _cell(told: str) -> Cell:
    score, most, state, late, overridden, reviews, *more = told.split("|")
    extended, later = (more[0] == "1", more[1] == "1") if more else (False, False)
    return Cell(
        *(Decimal(score) if score else None, Decimal(most), state, late == "1", overridden == "1", int(reviews), extended, later)
    )


def _total(cells: tuple[Cell | None, ...]) -> Decimal | None:
    scores = [cell.score for cell in cells if cell is not None and cell.score is not None]
    return sum(scores, Decimal(0)) if scores else None


# Whatever the table shows. Sums of hashes, since it must be cheap: of 11,000 grades it takes some milliseconds.
_VERSION = """
SELECT
  (SELECT concat_ws(':', count(*), sum(g.version), max(g.updated_at), sum(g.reviews_open), sum(hashtext(g.id || g.state)::bigint))
     FROM gradebook_grade g JOIN assignments_assignment a ON a.id = g.assignment_id WHERE a.course_id = %(course)s),
  (SELECT concat_ws(':', count(*), sum(hashtext(concat_ws('|', u.id, u.last_name, u.first_name, u.username, u.is_active,
                                                            e.role, e.section_id))::bigint))
     FROM accounts_enrolment e JOIN accounts_user u ON u.id = e.user_id WHERE e.course_id = %(course)s),
  (SELECT concat_ws(':', count(*), max(x.id))
     FROM accounts_extension x JOIN assignments_assignment a ON a.id = x.assignment_id WHERE a.course_id = %(course)s),
  (SELECT sum(hashtext(concat_ws('|', slug, title, max_score, position, due_at < now(), current_version_id))::bigint)
     FROM assignments_assignment WHERE course_id = %(course)s),
  (SELECT concat_ws(':', sum(hashtext(id || name)::bigint)) FROM accounts_section WHERE course_id = %(course)s),
  (SELECT string_agg(l.section_id::text, ',' ORDER BY l.section_id)
     FROM accounts_enrolment_limited_to l JOIN accounts_enrolment e ON e.id = l.enrolment_id
     WHERE e.course_id = %(course)s AND e.user_id = %(user)s)
"""


def version_of(user: User, course: Course) -> str:
    """A name for what this person would see now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, {"course": course.pk, "user": user.pk})
        told = cursor.fetchone()
    return hashlib.sha256(repr(told).encode()).hexdigest()[:20]

"""Giving students more time or attempts, and taking it back: the row, the grade that may be late no more, and an event.

Here and not in `accounts`, since what is late changes with it, and only this room writes grades.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from assignments.models import Assignment
from grader.accounts.models import Extension, User
from grader.accounts.queries import extensions_in, external_user_ids
from grader.accounts.services import extensions_write
from grader.events.services import events_add, moment_text
from grader.gradebook.services import grades_recompute
from grader.submissions.plain import plain_text

LONGEST_REASON = 2000


@transaction.atomic
def extensions_give(
    *,
    students: Iterable[User],
    assignment: Assignment,
    due_at: datetime | None = None,
    closes_at: datetime | None = None,
    more_attempts: int = 0,
    reason: str,
    by: User,
) -> list[Extension]:
    """Give the same to each of these students, in place of what they had. Who has exactly that already is left out."""
    if due_at is None and closes_at is None and not more_attempts:
        raise ValueError("An extension gives a date or attempts. To take one back there is extensions_take_back.")
    students = list(students)
    had = extensions_in(assignment, [one.pk for one in students])
    new = (due_at, closes_at, more_attempts)
    rows = extensions_write(
        students=[
            one for one in students if (old := had.get(one.pk)) is None or (old.due_at, old.closes_at, old.more_attempts) != new
        ],
        assignment=assignment,
        due_at=due_at,
        closes_at=closes_at,
        more_attempts=more_attempts,
        reason=plain_text(reason, LONGEST_REASON),
        by=by,
    )
    _follow(rows, assignment, by, "extension.given")
    return rows


@transaction.atomic
def extensions_take_back(*, students: Iterable[User], assignment: Assignment, reason: str, by: User) -> list[Extension]:
    """Let the rules of everybody hold again for these students. Who has no extension is left out."""
    students = list(students)
    had = extensions_in(assignment, [one.pk for one in students])
    theirs = [one for one in students if one.pk in had]
    rows = extensions_write(students=theirs, assignment=assignment, reason=plain_text(reason, LONGEST_REASON), by=by)
    _follow(rows, assignment, by, "extension.taken_back")
    return rows


def _follow(rows: list[Extension], assignment: Assignment, by: User, event_type: str) -> None:
    """Bring up to date the grades that there are, and tell of each row."""
    if not rows:
        return
    course, students = assignment.course, [row.student_id for row in rows]
    grades_recompute(assignment, students, reason="extension", by=by, comment=rows[0].reason)
    names = external_user_ids(students, course)
    told = [
        {
            "extension_id": row.public_id,
            "course": course.slug,
            "assignment": assignment.slug,
            "external_user_id": names.get(row.student_id, ""),
            "due_at": moment_text(row.due_at),
            "closes_at": moment_text(row.closes_at),
            "more_attempts": row.more_attempts,
        }
        for row in rows
    ]
    events_add(event_type=event_type, course_slug=course.slug, rows=told)

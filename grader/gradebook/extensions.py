"""Giving students more time or attempts, and taking it back: the row, the grade that may be late no more, and an event.

Here and not in `accounts`, since what is late changes with it, and only this room writes grades.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from assignments.models import Assignment
from grader.accounts.models import Enrolment, Extension, User
from grader.accounts.queries import extensions_in
from grader.accounts.services import extension_write
from grader.events.services import event_add, moment_text
from grader.gradebook.models import Grade
from grader.gradebook.services import grade_recompute
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
    had = extensions_in(assignment)
    reason = plain_text(reason, LONGEST_REASON)
    new = (due_at, closes_at, more_attempts)
    chosen = [
        one for one in students if (old := had.get(one.pk)) is None or (old.due_at, old.closes_at, old.more_attempts) != new
    ]
    rows = [
        extension_write(
            student=student,
            assignment=assignment,
            due_at=due_at,
            closes_at=closes_at,
            more_attempts=more_attempts,
            reason=reason,
            by=by,
        )
        for student in chosen
    ]
    _follow(rows, assignment, by, "extension.given")
    return rows


@transaction.atomic
def extensions_take_back(*, students: Iterable[User], assignment: Assignment, reason: str, by: User) -> list[Extension]:
    """Let the rules of everybody hold again for these students. Who has no extension is left out."""
    had = extensions_in(assignment)
    reason = plain_text(reason, LONGEST_REASON)
    rows = [
        extension_write(student=student, assignment=assignment, reason=reason, by=by) for student in students if student.pk in had
    ]
    _follow(rows, assignment, by, "extension.taken_back")
    return rows


def _follow(rows: list[Extension], assignment: Assignment, by: User, event_type: str) -> None:
    """Bring up to date the grades that there are, and tell of each row."""
    students = [row.student_id for row in rows]
    graded = set(Grade.objects.filter(assignment=assignment, student__in=students).values_list("student_id", flat=True))
    names = dict(Enrolment.objects.filter(course=assignment.course, user__in=students).values_list("user_id", "external_user_id"))
    for row in rows:
        if row.student_id in graded:
            grade_recompute(row.student, assignment, reason="extension", by=by, comment=row.reason)
        event_add(
            event_type=event_type,
            course_slug=assignment.course.slug,
            data={
                "extension_id": row.public_id,
                "course": assignment.course.slug,
                "assignment": assignment.slug,
                "external_user_id": names.get(row.student_id, ""),
                "due_at": moment_text(row.due_at),
                "closes_at": moment_text(row.closes_at),
                "more_attempts": row.more_attempts,
            },
        )

"""Setting many grades by hand at once: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db import transaction

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.gradebook.decisions import override_set
from grader.gradebook.grid.intake import Change
from grader.gradebook.services import grade_ensure

GOOD_FOR_S = 24 * 3600


@dataclass(frozen=True)
class Order:
    """One grade to be set, and the version of it that was looked at."""

    student_id: int
    assignment_id: int
    score: Decimal
    version: int


def orders_sign(changes: Iterable[Change], course: Course, by: User) -> str:
    """What a preview showed, as text that comes back unchanged or not at all."""
    rows = [[one.student_id, one.assignment_id, str(one.after), one.version] for one in changes]
    return signing.dumps(rows, salt=_salt(course, by), compress=True)


def orders_read(text: str, course: Course, by: User) -> list[Order] | None:
    """None: it was changed on the way, is another's, or too old."""
    try:
        rows: list[Any] = signing.loads(text, salt=_salt(course, by), max_age=GOOD_FOR_S)
    except signing.BadSignature:
        return None
    return [Order(student, assignment, Decimal(score), version) for student, assignment, score, version in rows]


def _salt(course: Course, by: User) -> str:
    return f"grades to set:{course.pk}:{by.pk}"


def grades_set(orders: Sequence[Order], *, students: Iterable[User], course: Course, reason: str, by: User) -> int:
    """Set all of these grades, or none. Raises what `override_set` does, and KeyError for whoever may not be seen."""
    people = {user.pk: user for user in students}
    assignments = {one.pk: one for one in Assignment.objects.filter(course=course)}
    with transaction.atomic():
        # In one order everywhere, so that two imports wait for each other instead of both failing.
        for order in sorted(orders, key=lambda one: (one.student_id, one.assignment_id)):
            grade = grade_ensure(people[order.student_id], assignments[order.assignment_id])
            override_set(grade=grade, score=order.score, reason=reason, by=by, seen_version=order.version)
    return len(orders)

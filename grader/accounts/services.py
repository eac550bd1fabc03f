"""Writing people and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from assignments.models import Assignment, Course
from grader.accounts.models import Enrolment, Extension, Role, User


@transaction.atomic
def person_ensure(
    *,
    username: str,
    password: str | None,
    last_name: str = "",
    first_name: str = "",
    email: str = "",
    admin: bool = False,
) -> User:
    """The person of this log-in, made if need be. A person who is there keeps their password."""
    user, made = User.objects.get_or_create(
        username=username,
        defaults={
            "last_name": last_name,
            "first_name": first_name,
            "email": email,
            "is_staff": admin,
            "is_superuser": admin,
        },
    )
    if made:
        user.set_password(password)  # None: can't log in by password
        user.save(update_fields=["password"])
    return user


def enrolment_ensure(*, user: User, course: Course, role: Role = Role.STUDENT, external_user_id: str = "") -> Enrolment:
    """The person's place in a course. A role given here replaces the one before; an empty LMS name leaves the one there is."""
    values = {"role": role} | ({"external_user_id": external_user_id} if external_user_id else {})
    enrolment, _ = Enrolment.objects.update_or_create(user=user, course=course, defaults=values)
    return enrolment


def extensions_write(
    *,
    students: Iterable[User],
    assignment: Assignment,
    due_at: datetime | None = None,
    closes_at: datetime | None = None,
    more_attempts: int = 0,
    reason: str,
    by: User,
) -> list[Extension]:
    """A row a student of what they get beyond the rest; one that gives nothing takes back what was given before.

    Whoever calls this brings grades up to date: `grader.gradebook.extensions` does both.
    """
    given = {"due_at": due_at, "closes_at": closes_at, "more_attempts": more_attempts, "reason": reason}
    return Extension.objects.bulk_create(
        Extension(student=student, assignment=assignment, given_by=by, **given) for student in students
    )

"""Changing what a person is in a course, and taking them out of it. Their work stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, Section, User
from grader.events.services import event_add


class MemberRefused(Exception):
    """A place in a course can't be changed so."""


class IdTaken(MemberRefused):
    """Somebody else in the course has this id of the LMS."""


class OwnRole(MemberRefused):
    """Nobody takes their own role away by mistake: another teacher does it."""


class LastTeacher(MemberRefused):
    """A course always keeps a teacher."""


@transaction.atomic
def member_change(
    *,
    enrolment: Enrolment,
    role: Role,
    section: Section | None,
    external_user_id: str,
    limited_to: Sequence[Section],
    by: User,
) -> None:
    """Write a person's role, section and id; `limited_to` holds for assistants alone, and `section` for students."""
    before = enrolment.role
    if before != role and enrolment.user_id == by.pk and not by.is_superuser:
        raise OwnRole
    if role != Role.TEACHER:
        _teachers_stay(enrolment)
    enrolment.role = role
    enrolment.section = section if role == Role.STUDENT else None
    enrolment.external_user_id = external_user_id
    try:
        with transaction.atomic():
            enrolment.save()
            enrolment.limited_to.set(limited_to if role == Role.ASSISTANT else [])
            if before != role:
                _tell(enrolment, before, role, by)
    except IntegrityError as problem:
        raise IdTaken(external_user_id) from problem


@transaction.atomic
def member_remove(*, enrolment: Enrolment, by: User) -> None:
    """Take somebody out of the course: they no longer open it, what they handed in stays with their grades."""
    if enrolment.user_id == by.pk and not by.is_superuser:
        raise OwnRole
    _teachers_stay(enrolment)
    _tell(enrolment, enrolment.role, "", by)
    enrolment.limited_to.clear()
    enrolment.delete()


def members_move(*, course: Course, people: Iterable[User], section: Section | None) -> int:
    """Put students into a section, or into none. Returns how many."""
    rows = Enrolment.objects.filter(course=course, role=Role.STUDENT, user__in=people)
    return rows.update(section=section)


def _teachers_stay(leaving: Enrolment) -> None:
    """Two teachers may take each other out in the same moment: who comes second sees what the first one did."""
    Course.objects.select_for_update(no_key=True).get(pk=leaving.course_id)
    others = Enrolment.objects.filter(course=leaving.course_id, role=Role.TEACHER, user__is_active=True)
    if leaving.role == Role.TEACHER and not others.exclude(pk=leaving.pk).exists():
        raise LastTeacher


def _tell(enrolment: Enrolment, before: str, after: str, by: User) -> None:
    """The outbox keeps who changed whose role."""
    event_add(
        event_type="role.changed",
        course_slug=enrolment.course.slug,
        data={"user_id": enrolment.user.public_id, "role_from": before, "role_to": after, "by": by.public_id},
    )

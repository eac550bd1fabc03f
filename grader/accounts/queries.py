"""Who may open what. Every page and every API call starts from one of these querysets, so a foreign object is not found."""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet

from assignments.models import Assignment, Course
from grader.accounts.models import Enrolment, Role, User

Row = TypeVar("Row", bound=Model)

TEACHING = (Role.TEACHER, Role.ASSISTANT)


def courses_of(user: User | AnonymousUser) -> QuerySet[Course]:
    """Courses that a person is in, in whichever role; all of them for the admin."""
    if user.is_anonymous or not user.is_active:
        return Course.objects.none()
    if user.is_superuser:
        return Course.objects.all()
    return Course.objects.filter(pk__in=Enrolment.objects.filter(user=user).values("course"))


def courses_taught_by(user: User | AnonymousUser) -> QuerySet[Course]:
    """Courses whose work a person sees as a teacher or an assistant; all of them for the admin."""
    if user.is_anonymous or not user.is_active:
        return Course.objects.none()
    if user.is_superuser:
        return Course.objects.all()
    return Course.objects.filter(pk__in=Enrolment.objects.filter(user=user, role__in=TEACHING).values("course"))


def assignments_open_to(user: User | AnonymousUser) -> QuerySet[Assignment]:
    """Assignments of one's courses, also those that open later or are closed: the page says so, `submit` refuses."""
    return Assignment.objects.filter(course__in=courses_of(user), current_version__isnull=False).select_related(
        "course", "current_version"
    )


def may_teach(user: User | AnonymousUser, course: Course) -> bool:
    """Whether a person sees everybody's work in this course."""
    return courses_taught_by(user).filter(pk=course.pk).exists()


def work_visible_to(user: User | AnonymousUser, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Of rows with a `student` and an `assignment`: a person's own, those of courses they teach, or for the admin all."""
    if user.is_anonymous or not user.is_active:
        return rows.none()
    if user.is_superuser:
        return rows
    return rows.filter(Q(student=user) | Q(assignment__course__in=courses_taught_by(user)))


def students_of(course: Course) -> QuerySet[User]:
    return User.objects.filter(enrolments__course=course, enrolments__role=Role.STUDENT, is_active=True)


def external_user_id(user: User, course: Course) -> str:
    """The name by which the LMS knows this person in this course; empty where it knows none."""
    found = Enrolment.objects.filter(user=user, course=course).values_list("external_user_id", flat=True).first()
    return found or ""

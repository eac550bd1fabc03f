"""Who may open what. Every page and every API call starts from one of these querysets, so a foreign object is not found."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from assignments.models import Assignment, Course
from grader.accounts.models import Enrolment, Extension, Role, Section, User

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


def courses_managed_by(user: User | AnonymousUser) -> QuerySet[Course]:
    """Courses in which a person decides as a teacher: roles, policies, what is asked. All of them for the admin."""
    if user.is_anonymous or not user.is_active:
        return Course.objects.none()
    if user.is_superuser:
        return Course.objects.all()
    return Course.objects.filter(pk__in=Enrolment.objects.filter(user=user, role=Role.TEACHER).values("course"))


def courses_seen_whole_by(user: User | AnonymousUser) -> QuerySet[Course]:
    """Of the courses that a person teaches, those in which they are limited to no section."""
    if user.is_anonymous or not user.is_active or user.is_superuser:
        return courses_taught_by(user)
    whole = Q(role=Role.TEACHER) | Q(role=Role.ASSISTANT, limited_to__isnull=True)
    return Course.objects.filter(pk__in=Enrolment.objects.filter(whole, user=user).values("course"))


def assignments_open_to(user: User | AnonymousUser) -> QuerySet[Assignment]:
    """Assignments of one's courses, also those that open later or are closed: the page says so, `submit` refuses."""
    return Assignment.objects.filter(course__in=courses_of(user), current_version__isnull=False).select_related(
        "course", "current_version"
    )


def may_teach(user: User | AnonymousUser, course: Course) -> bool:
    """Whether a person sees others' work in this course: everybody's, or that of the sections they assist in."""
    return courses_taught_by(user).filter(pk=course.pk).exists()


def may_manage(user: User | AnonymousUser, course: Course) -> bool:
    """Whether a person decides for this course: its teachers and the admin; not its assistants."""
    return courses_managed_by(user).filter(pk=course.pk).exists()


def work_visible_to(user: User | AnonymousUser, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Of rows with a `student` and an `assignment`: a person's own, those of students they teach, or for the admin all."""
    if user.is_anonymous or not user.is_active:
        return rows.none()
    if user.is_superuser:
        return rows
    in_my_sections = Enrolment.objects.filter(
        _in_sections_of(user), user=OuterRef("student"), course=OuterRef("assignment__course")
    )
    seen = Q(student=user) | Q(assignment__course__in=courses_seen_whole_by(user)) | Exists(in_my_sections)
    return rows.filter(seen)


def students_visible_to(user: User | AnonymousUser, course: Course) -> QuerySet[User]:
    """The course's students whose work a person sees as a teacher: of an assistant's sections where they are limited."""
    if user.is_anonymous or not user.is_active:
        return User.objects.none()
    if user.is_superuser:
        return students_of(course)
    whole = Q(role=Role.TEACHER) | Q(role=Role.ASSISTANT, limited_to__isnull=True)
    sees_all = Enrolment.objects.filter(whole, user=user, course=course)
    in_my_sections = Enrolment.objects.filter(_in_sections_of(user), user=OuterRef("pk"), course=course, role=Role.STUDENT)
    return students_of(course).filter(Exists(sees_all) | Exists(in_my_sections))


def members_visible_to(user: User | AnonymousUser, course: Course) -> QuerySet[Enrolment]:
    """The people of a course as those who teach it see them, in three queries; a limited assistant sees their students alone."""
    rows = Enrolment.objects.filter(course=course).select_related("user", "section").prefetch_related("limited_to")
    if not courses_seen_whole_by(user).filter(pk=course.pk).exists():
        return rows.filter(user__in=students_visible_to(user, course))
    return rows


def _in_sections_of(user: User | AnonymousUser) -> Q:
    """Enrolments in a section to which this person is limited as an assistant."""
    return Q(section__assistants__user=user, section__assistants__role=Role.ASSISTANT)


def people_by_email(email: str) -> list[User]:
    """Everybody who can log in and has this e-mail, in whatever case it is written. It is not unique: families share one."""
    return list(User.objects.annotate(folded=Lower("email")).filter(folded=email.strip().lower(), is_active=True)[:10])


def link_may_be_shown(user: User, course: Course) -> bool:
    """An account without an e-mail that nobody has used yet and that matters in no other course: its teacher hands out its link.

    Whoever sees a link may set the password. Where there is an e-mail the link goes there and nowhere else: a teacher can type
    anybody's, and that person would later be recognised by it and be given an account whose password somebody else knows.
    """
    return user.unused and not user.email and not Enrolment.objects.filter(user=user).exclude(course=course).exists()


def students_of(course: Course) -> QuerySet[User]:
    return User.objects.filter(enrolments__course=course, enrolments__role=Role.STUDENT, is_active=True)


def external_user_id(user: User, course: Course) -> str:
    """The name by which the LMS knows this person in this course; empty where it knows none."""
    return external_user_ids([user.pk], course).get(user.pk, "")


def external_user_ids(users: Collection[int], course: Course) -> dict[int, str]:
    """The same of many, by id; who is not in the course is left out. One query."""
    return dict(Enrolment.objects.filter(user__in=users, course=course).values_list("user_id", "external_user_id"))


def sections_of(course: Course) -> QuerySet[Section]:
    """A course's sections by name, each with `students`: how many are in it."""
    students = Count("members", filter=Q(members__role=Role.STUDENT, members__user__is_active=True))
    return Section.objects.filter(course=course).annotate(students=students).order_by("name")


def extension_of(student: User, assignment: Assignment) -> Extension | None:
    """What a student was given beyond the rest: the newest row, or None where there is none or it was taken back."""
    newest = Extension.objects.filter(student=student, assignment=assignment).order_by("-id").first()
    return newest if newest is not None and newest.gives else None


def extensions_of(course: Course) -> dict[tuple[int, int], Extension]:
    """Every extension that applies in a course, by student id and assignment id. One query."""
    return {(row.student_id, row.assignment_id): row for row in _applying(Extension.objects.filter(assignment__course=course))}


def extensions_in(assignment: Assignment, students: Collection[int]) -> dict[int, Extension]:
    """The extensions of these students that apply in an assignment, by student id. One query."""
    return {row.student_id: row for row in _applying(Extension.objects.filter(assignment=assignment, student__in=students))}


def _applying(rows: QuerySet[Extension]) -> list[Extension]:
    newest = rows.order_by("student_id", "assignment_id", "-id").distinct("student_id", "assignment_id")
    return [row for row in newest if row.gives]

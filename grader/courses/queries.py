"""Reading uploads, publications and try-outs: only of courses that a person decides in."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from assignments.models import Course, CourseUpload, PackageVersion, Publication
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.submissions.models import Run


def uploads_of(user: User | AnonymousUser) -> QuerySet[CourseUpload]:
    return CourseUpload.objects.filter(course__in=courses_managed_by(user)).select_related("course", "made_by", "publication")


def publications_of(user: User | AnonymousUser) -> QuerySet[Publication]:
    return Publication.objects.filter(course__in=courses_managed_by(user)).select_related("course", "made_by")


def try_outs_of(user: User | AnonymousUser) -> QuerySet[Run]:
    """Runs that a teacher tried; for everybody who decides in that course, with their verdicts."""
    mine = Run.objects.filter(purpose=Run.Purpose.TRY_OUT, package_version__assignment__course__in=courses_managed_by(user))
    related = ("package_version__assignment__course", "try_out__made_by", "progress")
    return mine.select_related(*related).prefetch_related("tasks__checks")


def versions_in(course: Course) -> QuerySet[PackageVersion]:
    return PackageVersion.objects.filter(assignment__course=course).select_related("assignment__course")


def newest_publication(course: Course) -> int:
    """The id of the newest; 0 where there is none. A form carries it, so that nobody overwrites what they have not seen."""
    return course.publications.values_list("pk", flat=True).first() or 0

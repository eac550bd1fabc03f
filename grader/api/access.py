"""What a token may see: everything that the API reads begins here, so that a foreign object is not found.

A token never sees more than the person who made it manages now, nor more than its own courses. Who was deactivated or manages a
course no longer takes their tokens with them.
"""

from __future__ import annotations

from django.db.models import QuerySet

from assignments.models import Assignment, Course
from grader.accounts.models import Enrolment
from grader.accounts.queries import courses_managed_by
from grader.api.models import ApiToken
from grader.api.tokens import Scope
from grader.gradebook.models import Grade, Regrade, Review
from grader.lms.models import WebhookEndpoint
from grader.lms.webhooks.queries import endpoints_of
from grader.submissions.models import Run, Submission


def has_scope(token: ApiToken, scope: Scope) -> bool:
    return scope in token.scopes or Scope.ADMIN in token.scopes


def sees_whole_site(token: ApiToken) -> bool:
    """Also what belongs to no course."""
    return token.whole_site and token.created_by.is_superuser


def courses_for(token: ApiToken) -> QuerySet[Course]:
    managed = courses_managed_by(token.created_by)
    if token.whole_site:
        return managed if sees_whole_site(token) else managed.none()
    return managed.filter(pk__in=token.courses.values("pk"))


def assignments_for(token: ApiToken) -> QuerySet[Assignment]:
    """Those that are published."""
    rows = Assignment.objects.filter(course__in=courses_for(token), current_version__isnull=False)
    return rows.select_related("course", "current_version")


def enrolments_for(token: ApiToken) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(course__in=courses_for(token)).select_related("user", "course", "section")


def submissions_for(token: ApiToken) -> QuerySet[Submission]:
    rows = Submission.objects.filter(assignment__course__in=courses_for(token))
    return rows.select_related("assignment__course", "student")


def runs_for(token: ApiToken) -> QuerySet[Run]:
    """Runs of submissions; not those with which a teacher tried an assignment out."""
    rows = Run.objects.filter(submission__assignment__course__in=courses_for(token))
    return rows.select_related("submission__assignment__course", "package_version__assignment__course")


def grades_for(token: ApiToken) -> QuerySet[Grade]:
    return Grade.objects.filter(assignment__course__in=courses_for(token)).select_related("assignment__course", "student")


def reviews_for(token: ApiToken) -> QuerySet[Review]:
    rows = Review.objects.filter(submission__assignment__course__in=courses_for(token))
    return rows.select_related("submission__assignment__course", "submission__student")


def regrades_for(token: ApiToken) -> QuerySet[Regrade]:
    return Regrade.objects.filter(assignment__course__in=courses_for(token)).select_related("assignment__course")


def endpoints_for(token: ApiToken) -> QuerySet[WebhookEndpoint]:
    """Those that hear of the whole site are of a token of the whole site alone: they are sent others' grades."""
    return endpoints_of(None if sees_whole_site(token) else courses_for(token))

"""Names and shapes that several resources share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from django.http import HttpRequest
from pydantic import AfterValidator, AwareDatetime, StringConstraints

from assignments.models import Assignment, Course
from grader.accounts.models import Enrolment
from grader.api.access import assignments_for, courses_for
from grader.api.models import ApiToken
from grader.api.problems import not_found

# Whatever a caller names things by: no control characters, since Postgres refuses a NUL and nobody can read the others.
External = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f\x7f]*$")]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[-a-zA-Z0-9_]*$")]


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such moment") from None


# Of a moment that a caller names: Postgres takes no zone of 16 hours and more.
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Text = dict[str, str]  # by language: {"ru": …, "en": …}
Links = dict[str, str]


def link(request: HttpRequest, path: str) -> str:
    """A whole address, so that a caller need not put one together."""
    return request.build_absolute_uri(f"/api/v1{path}")


def the_course(token: ApiToken, slug: str) -> Course:
    course = courses_for(token).filter(slug=slug).first()
    if course is None:
        raise not_found()
    return course


def the_assignment(token: ApiToken, course: str, slug: str) -> Assignment:
    assignment = assignments_for(token).filter(course__slug=course, slug=slug).first()
    if assignment is None:
        raise not_found()
    return assignment


def external_ids(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The LMS's names of people, by person and course. One query."""
    wanted = set(pairs)
    rows = Enrolment.objects.filter(user__in={user for user, _ in wanted}, course__in={course for _, course in wanted})
    return {(user, course): name for user, course, name in rows.values_list("user_id", "course_id", "external_user_id")}

"""Grades: what a student has for an assignment after policy and overrides, and how it came to be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, cast

from django.db.models import Exists, OuterRef
from ninja import Query, Schema
from pydantic import Field

from grader.accounts.models import Enrolment
from grader.api.access import grades_for
from grader.api.auth import ApiRequest
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import not_found
from grader.api.routes import Routes
from grader.api.shapes import External, Links, Moment, Slug, external_ids, link, the_course
from grader.api.tokens import Scope
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.services import decimal_text

routes = Routes("Grades")

Status = Literal["none", "waiting", "graded", "broken", "review", "problem", "cancelled"]


class GradeShown(Schema):
    """A grade. `score` counts: after late steps (`penalty`) and a teacher's override; null until something was judged.

    `grade_version` only grows: of two answers the one with the greater is newer.
    """

    id: str
    course: str
    assignment: str
    external_user_id: str
    score: str | None
    max_score: str
    grade_version: int
    status: Status
    overridden: bool
    late: bool
    penalty: str
    attempts: int
    reviews_open: int
    latest_submission: str
    updated_at: datetime
    links: Links


class GradeChangeShown(Schema):
    """One step of a grade's history. `changed_by` is a person's id, empty where nobody decided."""

    grade_version: int
    changed_at: datetime
    reason: str
    comment: str
    changed_by: str
    score_from: str | None
    score_to: str | None
    run: str


class Filters(Schema):
    assignment: Slug = ""
    external_user_id: External = ""
    updated_since: Moment | None = Field(None, description="Grades that changed at this moment or later, RFC 3339.")


Filtered = Annotated[Filters, Query()]


@routes.get("/courses/{slug:course}/grades", gives=Page[GradeShown], scopes=(Scope.GRADES_READ,))
def grades_list(request: ApiRequest, course: str, paging: Paged, filters: Filtered) -> Page[GradeShown]:
    """The grades of a course, those that changed last at the end.

    To follow changes, keep the last `updated_at` that you saw and ask again with `updated_since` a minute before it.
    """
    rows = grades_for(request.auth).filter(assignment__course=the_course(request.auth, course))
    if filters.assignment:
        rows = rows.filter(assignment__slug=filters.assignment)
    if filters.external_user_id:
        known = Enrolment.objects.filter(course=OuterRef("assignment__course"), user=OuterRef("student"))
        rows = rows.filter(Exists(known.filter(external_user_id=filters.external_user_id)))
    if filters.updated_since:
        rows = rows.filter(updated_at__gte=filters.updated_since)
    return page_of(rows, paging, lambda some: grades_shown(request, some), by="updated_at")


@routes.get("/grades/{public_id:grade_id}", gives=GradeShown, scopes=(Scope.GRADES_READ,))
def grade_show(request: ApiRequest, grade_id: str) -> GradeShown:
    """One grade. Its ETag is what If-Match asks for where a grade is overridden."""
    return grade_shown(request, _grade(request, grade_id))


@routes.get("/grades/{public_id:grade_id}/history", gives=Page[GradeChangeShown], scopes=(Scope.GRADES_READ,))
def grade_history(request: ApiRequest, grade_id: str, paging: Paged) -> Page[GradeChangeShown]:
    """Every change of a grade, oldest first: who, when, why, from, to."""
    rows = GradeChange.objects.filter(grade=_grade(request, grade_id)).select_related("changed_by", "run")
    return page_of(rows, paging, lambda some: [_change(one) for one in some])


def _grade(request: ApiRequest, grade_id: str) -> Grade:
    grade = grades_for(request.auth).filter(public_id=grade_id).first()
    if grade is None:
        raise not_found()
    return grade


def grade_shown(request: ApiRequest, grade: Grade) -> GradeShown:
    return grades_shown(request, [grade])[0]


def grades_shown(request: ApiRequest, rows: Sequence[Grade]) -> list[GradeShown]:
    """One query more, however many."""
    names = external_ids((one.student_id, one.assignment.course_id) for one in rows)
    return [_shown(request, one, names.get((one.student_id, one.assignment.course_id), "")) for one in rows]


def _shown(request: ApiRequest, one: Grade, external_user_id: str) -> GradeShown:
    here = f"/grades/{one.public_id}"
    links = {"self": link(request, here), "history": link(request, f"{here}/history")}
    if one.latest_submission:
        links["submission"] = link(request, f"/submissions/{one.latest_submission}")
    return GradeShown(
        id=one.public_id,
        course=one.assignment.course.slug,
        assignment=one.assignment.slug,
        external_user_id=external_user_id,
        score=decimal_text(one.score),
        max_score=decimal_text(one.max_score) or "",
        grade_version=one.version,
        status=cast(Status, one.state),
        overridden=one.overridden,
        late=one.late,
        penalty=decimal_text(one.penalty) or "",
        attempts=one.attempts,
        reviews_open=one.reviews_open,
        latest_submission=one.latest_submission,
        updated_at=one.updated_at,
        links=links,
    )


def _change(one: GradeChange) -> GradeChangeShown:
    return GradeChangeShown(
        grade_version=one.version,
        changed_at=one.changed_at,
        reason=one.reason,
        comment=one.comment,
        changed_by=one.changed_by.public_id if one.changed_by else "",
        score_from=decimal_text(one.score_from),
        score_to=decimal_text(one.score_to),
        run=one.run.public_id if one.run else "",
    )

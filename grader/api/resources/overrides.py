"""Overrides: a person's word against the computed grade, brought by a machine. What one is, `gradebook.decisions` knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from django.db import transaction
from django.db.models import QuerySet
from ninja import Query, Schema
from pydantic import Field

from grader.api.access import grades_for
from grader.api.acting import FewWords, Points, Words, noted, points_out, students_named, words_missing
from grader.api.auth import ApiRequest
from grader.api.conditional import match_required
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import Problem, not_found
from grader.api.resources.grades import GradeShown, grade_shown
from grader.api.routes import Answer, Routes
from grader.api.shapes import External, link, the_assignment
from grader.api.tokens import Scope
from grader.gradebook.decisions import OutOfRange, ReasonMissing, override_set, override_withdraw
from grader.gradebook.models import Grade, Override
from grader.gradebook.services import decimal_text, grade_ensure

routes = Routes("Overrides")


class OverrideShown(Schema):
    """One word on a grade. `score` is null where the word before was taken back; the newest applies.

    `made_by` is a person's id; `token` the token with which a machine did it in their name, empty where it was by a page.
    """

    id: str
    score: str | None
    reason: str
    made_by: str
    made_at: datetime
    token: str


class OverrideWanted(Schema):
    """The grade is this score from now on, whatever runs and lateness say, until it is taken back."""

    score: Points
    reason: Annotated[Words, Field(description="Why: the student and the teachers read it.")]


class OverrideOfStudent(OverrideWanted):
    external_user_id: Annotated[External, Field(min_length=1, description="The student as the LMS knows them in this course.")]


@routes.get("/grades/{public_id:grade_id}/overrides", gives=Page[OverrideShown], scopes=(Scope.GRADES_READ,))
def overrides_list(request: ApiRequest, grade_id: str, paging: Paged) -> Page[OverrideShown]:
    """Every word on a grade, newest first: who, when, why, and those that were taken back."""
    grade = grades_for(request.auth).filter(public_id=grade_id).first()
    if grade is None:
        raise not_found()
    rows = Override.objects.filter(grade=grade).select_related("made_by")
    return page_of(rows, paging, _overrides, newest_first=True)


@routes.put("/grades/{public_id:grade_id}/override", gives=GradeShown, scopes=(Scope.GRADES_WRITE,), matched=True)
def override_put(request: ApiRequest, grade_id: str, body: OverrideWanted) -> GradeShown:
    """Override a grade.

    If-Match is the grade's ETag: whoever was overtaken changes nothing. The answer is the grade as it is now, with the ETag for
    the next change. Each override leaves a row of history and an event `grade.changed`, also where the score stays the same.
    """
    with transaction.atomic():
        grade = _seen(request, grade_id)
        return _set(request, grade, body)


@routes.delete(
    "/grades/{public_id:grade_id}/override",
    gives=GradeShown,
    scopes=(Scope.GRADES_WRITE,),
    matched=True,
    problems=("validation.failed",),
)
def override_delete(
    request: ApiRequest,
    grade_id: str,
    reason: Annotated[FewWords, Query(description="Why: the student and the teachers read it.")],
) -> GradeShown:
    """Take an override back.

    The grade is what policy makes of its runs again; one that nobody overrode stays as it is. The reason stands in the address,
    since not every client and proxy sends a body with DELETE.
    """
    with transaction.atomic():
        grade = _seen(request, grade_id)
        was = grade.overridden
        try:
            override_withdraw(
                grade=grade, reason=reason, by=request.by, seen_version=grade.version, source=request.auth.public_id
            )
        except ReasonMissing:
            raise words_missing("?reason") from None
        if was:
            noted(request, "override.withdrawn", grade.assignment.course, grade=grade.public_id)
        return _now(request, grade)


@routes.post(
    "/assignments/{slug:course}/{slug:assignment}/overrides",
    gives=GradeShown,
    scopes=(Scope.GRADES_WRITE,),
    problems=("student.unknown", "grade.exists"),
)
def override_create(request: ApiRequest, course: str, assignment: str, body: OverrideOfStudent) -> Answer:
    """Give a score to a student who has none, for work that was done elsewhere, say.

    Where the student has a score it is a 409 with the grade's address in `grade`: read it, and override it with If-Match.
    """
    row = the_assignment(request.auth, course, assignment)
    student = students_named(row.course, [body.external_user_id], "/external_user_id")[0]
    with transaction.atomic():
        made = grade_ensure(student, row)
        grade = _to_decide_on(request).filter(pk=made.pk).first()
        if grade is None:
            raise not_found()
        if grade.version:  # a score was here, and the caller has not seen it
            raise Problem("grade.exists", grade=link(request, f"/grades/{grade.public_id}"))
        shown = _set(request, grade, body)
    return Answer(shown, {"Location": shown.links["self"]})


def _to_decide_on(request: ApiRequest) -> QuerySet[Grade]:
    """Locked as they are read. Nobody decides on their own work, so that is not found, as on the page."""
    return grades_for(request.auth).exclude(student=request.by).select_for_update(of=("self",))


def _seen(request: ApiRequest, grade_id: str) -> Grade:
    """The grade, if the caller has seen it as it is; locked, so that nobody overtakes them from here on."""
    grade = _to_decide_on(request).filter(public_id=grade_id).first()
    if grade is None:
        raise not_found()
    match_required(request, grade_shown(request, grade))
    return grade


def _set(request: ApiRequest, grade: Grade, body: OverrideWanted) -> GradeShown:
    try:
        override_set(
            grade=grade,
            score=Decimal(body.score),
            reason=body.reason,
            by=request.by,
            seen_version=grade.version,
            source=request.auth.public_id,
        )
    except OutOfRange as out:
        raise points_out(out, "/score") from out
    except ReasonMissing:
        raise words_missing("/reason") from None
    noted(request, "override.set", grade.assignment.course, grade=grade.public_id, score=body.score)
    return _now(request, grade)


def _now(request: ApiRequest, grade: Grade) -> GradeShown:
    """As a GET shows it, so that the answer's ETag is good for the next change."""
    return grade_shown(request, grades_for(request.auth).get(pk=grade.pk))


def _overrides(rows: Sequence[Override]) -> list[OverrideShown]:
    return [
        OverrideShown(
            id=one.public_id,
            score=decimal_text(one.score),
            reason=one.reason,
            made_by=one.made_by.public_id,
            made_at=one.made_at,
            token=one.source,
        )
        for one in rows
    ]

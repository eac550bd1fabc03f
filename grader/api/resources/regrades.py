"""Regrades: many submissions judged once more, looked at, and only then applied. What takes long goes on in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from ninja import Query, Schema
from pydantic import Field

from assignments.models import Assignment, PackageVersion
from grader.api.access import regrades_for
from grader.api.acting import Words, look_at_queue, noted, students_named, words_missing
from grader.api.auth import ApiRequest
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import Problem, not_found, wrong_field
from grader.api.regrade_shapes import (
    RegradeBrief,
    RegradeScope,
    RegradeShown,
    RowShown,
    Way,
    regrade_shown,
    regrades_shown,
    rows_shown,
)
from grader.api.routes import Answer, Routes
from grader.api.shapes import External, the_assignment, the_course
from grader.api.tokens import Scope as May
from grader.gradebook.models import Regrade
from grader.gradebook.regrading import preview, services
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import RegradeRefused, regrade_start

routes = Routes("Regrades")

READ = (May.GRADES_READ, May.GRADES_WRITE)  # who may start one may ask how far it is
ASK_AGAIN_S = 2


class RegradeWanted(RegradeScope):
    """A dry run: no grade changes before it is applied."""

    reason: Annotated[Words, Field(description="Why: students and teachers read it.")]
    never_lower: bool = Field(True, description="Whoever would lose by it keeps what they have.")
    version: External = Field("", max_length=40, description="Id of the version to judge by; empty: the current one.")


class Applied(Schema):
    never_lower: bool | None = Field(None, description="Another choice than at the start, after the look.")


class Rows(Schema):
    way: Way | None = Field(None, description="Only those that go this way.")
    never_lower: bool | None = Field(None, description="What would come of it with this choice; of no effect once it is applied.")


@routes.post(
    "/assignments/{slug:course}/{slug:assignment}/regrades",
    gives=RegradeShown, status=202, scopes=(May.GRADES_WRITE,), problems=("student.unknown", "regrade.nobody", "queue.full"),
)  # fmt: skip
def regrade_create(request: ApiRequest, course: str, assignment: str, body: RegradeWanted) -> Answer:
    """Judge submissions once more, without changing a grade.

    The dry run goes on in the background: ask `links.self` until `status` is ready, look at `links.rows`, then apply or drop it.
    """
    row = the_assignment(request.auth, course, assignment)
    look_at_queue()
    try:
        made = regrade_start(
            assignment=row,
            scope=_scope(row, body),
            by=request.by,
            reason=body.reason,
            never_lower=body.never_lower,
            package_version=_version(row, body.version),
        )
    except RegradeRefused as refused:
        if refused.code == "no_reason":
            raise words_missing("/reason") from None
        raise Problem(f"regrade.{refused.code}") from refused
    noted(request, "regrade.started", row.course, regrade=made.public_id)
    return _answer(request, _regrade(request, made.public_id))


@routes.get("/courses/{slug:course}/regrades", gives=Page[RegradeBrief], scopes=READ)
def regrades_list(request: ApiRequest, course: str, paging: Paged) -> Page[RegradeBrief]:
    """The regrades of a course, newest first."""
    rows = preview.regrades_of(the_course(request.auth, course).pk).select_related("assignment__course", "package_version")
    return page_of(rows, paging, lambda some: regrades_shown(request, some), newest_first=True)


@routes.get("/regrades/{public_id:regrade_id}", gives=RegradeShown, scopes=READ)
def regrade_show(request: ApiRequest, regrade_id: str) -> Answer:
    """One regrade and how far it is."""
    return _answer(request, _regrade(request, regrade_id))


@routes.get("/regrades/{public_id:regrade_id}/rows", gives=Page[RowShown], scopes=READ)
def regrade_rows(request: ApiRequest, regrade_id: str, paging: Paged, filters: Annotated[Rows, Query()]) -> Page[RowShown]:
    """What a regrade changes, a row a submission: who gains, who loses, and why."""
    found = _regrade(request, regrade_id)
    fixed = found.state not in (Regrade.State.TRYING, Regrade.State.READY)
    never_lower = found.never_lower if fixed or filters.never_lower is None else filters.never_lower
    items = preview.for_rows(preview.items_of(found, filters.way or ""))
    return page_of(items, paging, lambda some: rows_shown(request, found, some, never_lower=never_lower))


@routes.post(
    "/regrades/{public_id:regrade_id}/apply",
    gives=RegradeShown, status=202, scopes=(May.GRADES_WRITE,), keyed="optional", problems=("regrade.other_state",),
)  # fmt: skip
def regrade_apply(request: ApiRequest, regrade_id: str, body: Applied) -> Answer:
    """Make what was judged the students' results.

    Each grade that changes has its row of history and its event; what a person said stays on top.
    """

    def act(found: Regrade) -> None:
        lowers = found.never_lower if body.never_lower is None else body.never_lower
        services.regrade_apply(found, by=request.by, never_lower=lowers)

    return _acted(request, regrade_id, "regrade.applied", act)


@routes.post(
    "/regrades/{public_id:regrade_id}/undo",
    gives=RegradeShown, status=202, scopes=(May.GRADES_WRITE,), takes="", keyed="optional",
    problems=("regrade.other_state", "regrade.later_one"),
)  # fmt: skip
def regrade_undo(request: ApiRequest, regrade_id: str) -> Answer:
    """Take a regrade back: what spoke for each submission before speaks again."""
    return _acted(request, regrade_id, "regrade.undone", lambda found: services.regrade_undo(found, by=request.by))


@routes.post(
    "/regrades/{public_id:regrade_id}/drop",
    gives=RegradeShown, status=200, scopes=(May.GRADES_WRITE,), takes="", keyed="optional", problems=("regrade.other_state",),
)  # fmt: skip
def regrade_drop(request: ApiRequest, regrade_id: str) -> Answer:
    """Give a dry run up."""
    return _acted(request, regrade_id, "regrade.dropped", lambda found: services.regrade_drop(found, by=request.by))


@routes.post(
    "/regrades/{public_id:regrade_id}/retry",
    gives=RegradeShown, status=202, scopes=(May.GRADES_WRITE,), takes="", keyed="optional",
    problems=("regrade.other_state", "regrade.nothing_failed"),
)  # fmt: skip
def regrade_retry(request: ApiRequest, regrade_id: str) -> Answer:
    """Judge once more what we failed to judge."""
    return _acted(request, regrade_id, "regrade.retried", services.regrade_retry)


@transaction.atomic
def _acted(request: ApiRequest, regrade_id: str, what: str, act: Callable[[Regrade], None]) -> Answer:
    """Do it, note it, and show the regrade as it is then."""
    found = _regrade(request, regrade_id)
    try:
        act(found)
    except RegradeRefused as refused:
        raise Problem(f"regrade.{refused.code}", regrade_status=found.state) from refused
    noted(request, what, found.assignment.course, regrade=found.public_id)
    return _answer(request, _regrade(request, regrade_id))


def _answer(request: ApiRequest, found: Regrade) -> Answer:
    shown = regrade_shown(request, found)
    headers = {"Location": shown.links["self"]} if request.method == "POST" else {}
    return Answer(shown, headers | ({"Retry-After": str(ASK_AGAIN_S)} if shown.under_way else {}))


def _regrade(request: ApiRequest, regrade_id: str) -> Regrade:
    related = ("package_version__assignment__course", "made_by", "applied_by", "undone_by")
    found = regrades_for(request.auth).select_related(*related).filter(public_id=regrade_id).first()
    if found is None:
        raise not_found()
    return found


def _scope(assignment: Assignment, body: RegradeScope) -> Scope:
    if bool(body.task) != bool(body.answer):
        says = _("A task and an answer go together: those who typed this answer for that task.")
        raise wrong_field("/answer" if body.task else "/task", "scope.half", says)
    students = students_named(assignment.course, body.external_user_ids, "/external_user_ids")
    return Scope(
        which=body.attempts,
        states=tuple(body.statuses),
        students=tuple(one.public_id for one in students),
        task=body.task,
        answer=body.answer,
    )


def _version(assignment: Assignment, name: str) -> PackageVersion | None:
    if not name:
        return None
    version = assignment.versions.filter(public_id=name).first()
    if version is None:
        raise wrong_field("/version", "version.unknown", _("This assignment has no such version."))
    return version

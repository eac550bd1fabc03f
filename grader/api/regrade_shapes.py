"""A regrade as it is shown: in a list, how far it is, and its rows of who gains, who loses, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from assignments.package.values import Task
from assignments.queries import package_of
from grader import catalogue
from grader.accounts.models import Enrolment, User
from grader.api.problems import language_of
from grader.api.shapes import External, Links, external_ids, link
from grader.gradebook.models import Regrade, RegradeItem
from grader.gradebook.regrading import preview
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.services import decimal_text
from grader.submissions.models import TaskResult

Way = Literal["gains", "loses", "same", "failed", "waiting"]
Status = Literal["trying", "ready", "applying", "applied", "undone", "dropped"]
ItemState = Literal["waiting", "judged", "failed", "applied", "kept", "undone"]
Attempts = Literal["all", "latest", "counting"]
Ended = Literal["graded", "broken", "quarantined"]


class RegradeBrief(Schema):
    """A regrade in a list. `status` trying is the dry run, ready waits for apply or drop."""

    id: str
    course: str
    assignment: str
    version: str
    reason: str
    never_lower: bool
    status: Status
    submissions: int
    made_by: str
    made_at: datetime
    links: Links


class RegradeScope(Schema):
    """Which submissions: every attempt that ended, each student's latest, or those that count; narrowed by what else is given."""

    attempts: Attempts = "all"
    statuses: list[Ended] = Field([], max_length=3)
    external_user_ids: list[External] = Field([], max_length=2000, description="These students alone.")
    task: External = Field("", max_length=20, description="With `answer`: those who typed the same for this task.")
    answer: External = ""


class Counts(Schema):
    """How many submissions go which way. `failed`: our own fault, they stay as they are."""

    gains: int
    loses: int
    same: int
    failed: int
    waiting: int


class RegradeShown(RegradeBrief):
    """A regrade with how far it is. While `under_way`, ask again after Retry-After.

    `judged` of `submissions` have their dry run behind them, `moved` are applied, kept or taken back. `came_later` were handed in
    since, and are none of its business.
    """

    under_way: bool
    judged: int
    moved: int
    counts: Counts
    came_later: int
    scope: RegradeScope
    applied_by: str
    applied_at: datetime | None
    undone_by: str
    undone_at: datetime | None


class Side(Schema):
    """A task's verdict on one side of the change."""

    status: str
    points: str
    max_points: str
    code: str
    message: str


class TaskChanged(Schema):
    """A task whose verdict becomes another; a side is null where that run had no such task."""

    task: str
    before: Side | None
    after: Side | None


class RowShown(Schema):
    """What happens to one submission. `score_will_be` is what it has once this is applied.

    `counts`: it is the attempt that counts. `overridden`: a person's word stays on top of it. `moved_on`: something else speaks
    for it since, so it is left alone. `protected`: it would lose, and nothing may.
    """

    submission: str
    external_user_id: str
    attempt: int
    way: Way
    state: ItemState
    score_before: str | None
    score_after: str | None
    score_will_be: str | None
    max_score: str
    counts: bool
    overridden: bool
    moved_on: bool
    protected: bool
    changes: list[TaskChanged]
    links: Links


def regrades_shown(request: HttpRequest, rows: Sequence[Regrade]) -> list[RegradeBrief]:
    """Of `preview.regrades_of`, which counts their submissions."""
    return [_brief(request, one, getattr(one, "number", 0)) for one in rows]


def regrade_shown(request: HttpRequest, found: Regrade) -> RegradeShown:
    """Five queries, whatever its size."""
    counts = preview.counts_of(found)
    return RegradeShown(
        **_brief(request, found, counts.items).model_dump(),
        under_way=preview.goes_on(found),
        judged=counts.judged,
        moved=counts.moved,
        counts=Counts(**counts.by_way),
        came_later=counts.came_later,
        scope=_scope(found),
        applied_by=_person(found.applied_by),
        applied_at=found.applied_at,
        undone_by=_person(found.undone_by),
        undone_at=found.undone_at,
    )


def _brief(request: HttpRequest, one: Regrade, submissions: int) -> RegradeBrief:
    here = f"/regrades/{one.public_id}"
    return RegradeBrief(
        id=one.public_id,
        course=one.assignment.course.slug,
        assignment=one.assignment.slug,
        version=one.package_version.public_id,
        reason=one.reason,
        never_lower=one.never_lower,
        status=cast(Status, one.state),
        submissions=submissions,
        made_by=_person(one.made_by),
        made_at=one.made_at,
        links={"self": link(request, here), "rows": link(request, f"{here}/rows")},
    )


def _person(one: User | None) -> str:
    return one.public_id if one else ""


def _scope(found: Regrade) -> RegradeScope:
    """In the LMS's names; who has none any more is left out."""
    scope = Scope.of(found.scope)
    places = Enrolment.objects.filter(course=found.assignment.course, user__public_id__in=scope.students)
    names = places.exclude(external_user_id="").order_by("external_user_id").values_list("external_user_id", flat=True)
    return RegradeScope(
        attempts=scope.which,
        statuses=[cast(Ended, state) for state in scope.states],
        external_user_ids=list(names),
        task=scope.task,
        answer=scope.answer,
    )


def rows_shown(request: HttpRequest, found: Regrade, items: Sequence[RegradeItem], *, never_lower: bool) -> list[RowShown]:
    """A page of items, of `preview.for_rows`."""
    rows = preview.rows_of(found, items, never_lower=never_lower)
    course = found.assignment.course_id
    names = external_ids((row.submission.student_id, course) for row in rows)
    tasks, language = {task.id: task for task in package_of(found.package_version).tasks}, language_of(request)
    return [_row(request, row, names.get((row.submission.student_id, course), ""), tasks, language) for row in rows]


def _row(request: HttpRequest, row: preview.Row, name: str, tasks: dict[str, Task], language: str) -> RowShown:
    changes = [
        TaskChanged(
            task=one.task,
            before=_side(one.before, tasks.get(one.task), language),
            after=_side(one.after, tasks.get(one.task), language),
        )
        for one in row.changes
    ]
    return RowShown(
        submission=row.submission.public_id,
        external_user_id=name,
        attempt=row.submission.attempt,
        way=cast(Way, row.way),
        state=cast(ItemState, row.state),
        score_before=decimal_text(row.before),
        score_after=decimal_text(row.after),
        score_will_be=decimal_text(row.will_be),
        max_score=decimal_text(row.most) or "",
        counts=row.counts,
        overridden=row.overridden,
        moved_on=row.moved_on,
        protected=row.protected,
        changes=changes,
        links={"submission": link(request, f"/submissions/{row.submission.public_id}")},
    )


def _side(result: TaskResult | None, task: Task | None, language: str) -> Side | None:
    if result is None:
        return None
    own = task.messages if task else None
    said = [catalogue.render(code, result.values, language, extra=own) for code in (result.code, result.hint) if code]
    return Side(
        status=result.status,
        points=decimal_text(result.points) or "",
        max_points=decimal_text(result.max_points) or "",
        code=result.code,
        message=" ".join(said),
    )

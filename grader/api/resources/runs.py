"""Runs: each grading of a submission, and what it concluded task by task."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import catalogue
from grader.api.access import runs_for, submissions_for
from grader.api.auth import ApiRequest
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import language_of, not_found
from grader.api.routes import Routes
from grader.api.shapes import Links, link
from grader.api.tokens import Scope
from grader.gradebook.services import decimal_text
from grader.submissions.models import CheckResult, Run, TaskResult

routes = Routes("Runs and results")


class CheckShown(Schema):
    """What one check of a task concluded: a code and values, which the sentence is made of."""

    kind: str
    outcome: str
    code: str
    values: dict[str, Any]


class TaskShown(Schema):
    """One task's result. `status`: passed, partial, failed, review, error, not_judged."""

    status: str
    points: str
    max_points: str
    code: str
    message: str = Field(description="A sentence for the student, in the language of Accept-Language.")
    checks: list[CheckShown]


Tasks = dict[str, TaskShown]


class RunEnd(Schema):
    """How the notebook itself ran: ok, error, timeout, memory, died, rejected, none."""

    status: str
    cell: int | None
    message: str


class RunShown(Schema):
    """One grading. `result`: graded, broken, not_judged; empty until it has ended."""

    id: str
    submission: str
    state: str
    purpose: str
    result: str
    score: str | None
    max_score: str | None
    run: RunEnd
    package_version: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    links: Links


class RunResults(Schema):
    """What a run concluded, by task."""

    run: str
    tasks: Tasks


@routes.get("/submissions/{public_id:submission_id}/runs", gives=Page[RunShown], scopes=(Scope.SUBMISSIONS_READ,))
def runs_list(request: ApiRequest, submission_id: str, paging: Paged) -> Page[RunShown]:
    """The runs of a submission, oldest first: a regrade is a run of its own."""
    submission = submissions_for(request.auth).filter(public_id=submission_id).first()
    if submission is None:
        raise not_found()
    return page_of(runs_for(request.auth).filter(submission=submission), paging, lambda rows: runs_shown(request, rows))


@routes.get("/runs/{public_id:run_id}", gives=RunShown, scopes=(Scope.SUBMISSIONS_READ,))
def run_show(request: ApiRequest, run_id: str) -> RunShown:
    """One run."""
    return runs_shown(request, [_run(request, run_id)])[0]


@routes.get("/runs/{public_id:run_id}/results", gives=RunResults, scopes=(Scope.SUBMISSIONS_READ,))
def results_show(request: ApiRequest, run_id: str) -> RunResults:
    """What a run concluded of each task."""
    run = _run(request, run_id)
    return RunResults(run=run.public_id, tasks=tasks_shown(run, language_of(request)))


def _run(request: ApiRequest, run_id: str) -> Run:
    run = runs_for(request.auth).prefetch_related("tasks__checks").filter(public_id=run_id).first()
    if run is None:
        raise not_found()
    return run


def runs_shown(request: ApiRequest, rows: Sequence[Run]) -> list[RunShown]:
    return [_shown(request, run) for run in rows]


def _shown(request: ApiRequest, run: Run) -> RunShown:
    assert run.submission is not None
    return RunShown(
        id=run.public_id,
        submission=run.submission.public_id,
        state=run.state,
        purpose=run.purpose,
        result=run.result,
        score=decimal_text(run.score),
        max_score=decimal_text(run.max_score),
        run=run_end(run, language_of(request)),
        package_version=run.package_version.public_id,
        queued_at=run.queued_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        links={
            "self": link(request, f"/runs/{run.public_id}"),
            "results": link(request, f"/runs/{run.public_id}/results"),
            "submission": link(request, f"/submissions/{run.submission.public_id}"),
        },
    )


def run_end(run: Run, language: str) -> RunEnd:
    says = ""
    if run.run_code:
        says = catalogue.render(run.run_code, run.run_values, language, explained=package_of(run.package_version).explained)
    return RunEnd(status=run.run_status, cell=run.run_cell, message=says)


def tasks_shown(run: Run, language: str) -> Tasks:
    """By task; `tasks` and their `checks` are prefetched."""
    package = package_of(run.package_version)
    return {row.task: _task(row, package, language) for row in run.tasks.all()}


def _task(row: TaskResult, package: AssignmentPackage, language: str) -> TaskShown:
    own = next((task.messages for task in package.tasks if task.id == row.task), {})
    says = [catalogue.render(code, row.values, language, extra=own) for code in (row.code, row.hint) if code]
    return TaskShown(
        status=row.status,
        points=decimal_text(row.points) or "",
        max_points=decimal_text(row.max_points) or "",
        code=row.code,
        message=" ".join(says),
        checks=[_check(one) for one in row.checks.all()],
    )


def _check(one: CheckResult) -> CheckShown:
    return CheckShown(kind=one.kind, outcome=one.outcome, code=one.code, values=one.values)

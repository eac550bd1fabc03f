"""Courses, and what is asked in them: assignments, their versions, their tasks as a student sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from ninja import Schema

from assignments.models import Assignment, Course, PackageVersion
from assignments.package.values import Option, Task
from assignments.queries import package_of
from grader.api.access import assignments_for, courses_for
from grader.api.auth import ApiRequest
from grader.api.paging import Page, Paged, page_of
from grader.api.routes import Routes
from grader.api.shapes import Text, the_assignment, the_course
from grader.gradebook.services import decimal_text

routes = Routes("Courses and assignments")


class CourseShown(Schema):
    """A course. Other addresses name it by its slug."""

    id: str
    slug: str
    title: Text
    time_zone: str
    created_at: datetime


class AssignmentShown(Schema):
    """What is handed in as one. `version` is what new submissions are judged by."""

    id: str
    course: str
    slug: str
    title: Text
    max_score: str
    policy: Literal["best", "last"]
    attempts_allowed: int | None
    opens_at: datetime | None
    due_at: datetime | None
    closes_at: datetime | None
    cool_down_s: int
    device: Literal["cpu", "gpu", "prefer-gpu"]
    version: str


class VersionShown(Schema):
    """One state of what an assignment asks. Versions never change."""

    id: str
    sha256: str
    current: bool
    created_at: datetime


class OptionShown(Schema):
    id: str
    text: Text


class AnswerAsked(Schema):
    """How a task is answered. `rows` are the left-hand sides of a matching."""

    kind: str
    required: bool
    options: list[OptionShown]
    rows: list[OptionShown]


class TaskAsked(Schema):
    """One question of an assignment, as a student sees it: no key, no bound of a check."""

    id: str
    title: Text
    max_points: str
    needs_notebook: bool
    answer: AnswerAsked


class TasksAsked(Schema):
    """All tasks of an assignment's current version; `notebook` says whether one is handed in."""

    version: str
    notebook: Literal["required", "optional", "none"]
    data: list[TaskAsked]


@routes.get("/courses", gives=Page[CourseShown])
def courses_list(request: ApiRequest, paging: Paged) -> Page[CourseShown]:
    """The courses that this token reaches."""
    return page_of(courses_for(request.auth), paging, _courses)


@routes.get("/courses/{slug:course}", gives=CourseShown)
def course_show(request: ApiRequest, course: str) -> CourseShown:
    """One course."""
    return _courses([the_course(request.auth, course)])[0]


@routes.get("/courses/{slug:course}/assignments", gives=Page[AssignmentShown])
def assignments_list(request: ApiRequest, course: str, paging: Paged) -> Page[AssignmentShown]:
    """The assignments of a course."""
    return page_of(assignments_for(request.auth).filter(course=the_course(request.auth, course)), paging, _assignments)


@routes.get("/assignments/{slug:course}/{slug:assignment}", gives=AssignmentShown)
def assignment_show(request: ApiRequest, course: str, assignment: str) -> AssignmentShown:
    """One assignment."""
    return _assignments([the_assignment(request.auth, course, assignment)])[0]


@routes.get("/assignments/{slug:course}/{slug:assignment}/versions", gives=Page[VersionShown])
def versions_list(request: ApiRequest, course: str, assignment: str, paging: Paged) -> Page[VersionShown]:
    """All versions of an assignment, oldest first."""
    row = the_assignment(request.auth, course, assignment)

    def shown(versions: Sequence[PackageVersion]) -> list[VersionShown]:
        return [_version(one, row) for one in versions]

    return page_of(PackageVersion.objects.filter(assignment=row), paging, shown)


@routes.get("/assignments/{slug:course}/{slug:assignment}/tasks", gives=TasksAsked)
def tasks_list(request: ApiRequest, course: str, assignment: str) -> TasksAsked:
    """The tasks of an assignment and how each is answered."""
    version = the_assignment(request.auth, course, assignment).current_version
    assert version is not None
    package = package_of(version)
    return TasksAsked(version=version.public_id, notebook=package.notebook, data=[_task(task) for task in package.tasks])


def _courses(rows: Sequence[Course]) -> list[CourseShown]:
    return [
        CourseShown(id=one.public_id, slug=one.slug, title=one.title, time_zone=one.time_zone, created_at=one.created_at)
        for one in rows
    ]


def _assignments(rows: Sequence[Assignment]) -> list[AssignmentShown]:
    return [AssignmentShown.model_validate(_assignment(one)) for one in rows]


def _assignment(one: Assignment) -> dict[str, Any]:
    plain = ("slug", "title", "policy", "attempts_allowed", "opens_at", "due_at", "closes_at", "cool_down_s", "device")
    return {name: getattr(one, name) for name in plain} | {
        "id": one.public_id,
        "course": one.course.slug,
        "max_score": decimal_text(one.max_score),
        "version": one.current_version.public_id if one.current_version else "",
    }


def _version(one: PackageVersion, row: Assignment) -> VersionShown:
    current = row.current_version_id == one.pk
    return VersionShown(id=one.public_id, sha256=one.digest, current=current, created_at=one.created_at)


def _task(task: Task) -> TaskAsked:
    widget = task.widget
    answer = AnswerAsked(kind=widget.kind, required=widget.required, options=_options(widget.options), rows=_options(widget.rows))
    points = decimal_text(Decimal(str(task.spec.max_points))) or ""
    return TaskAsked(id=task.id, title=dict(task.title), max_points=points, needs_notebook=task.needs_notebook, answer=answer)


def _options(options: Sequence[Option]) -> list[OptionShown]:
    return [OptionShown(id=one.id, text=dict(one.text)) for one in options]

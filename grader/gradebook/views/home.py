"""The first page: my courses and where I stand in each assignment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import assignments_open_to, courses_of, courses_taught_by
from grader.gradebook.models import Grade
from grader.gradebook.queries import grades_of
from grader.submissions.queries import attempts_used_by_assignment


@dataclass(frozen=True)
class Work:
    """One assignment as its student sees it in the list."""

    assignment: Assignment
    state: str  # a state of `words`: none, waiting, all_points, partial, no_points, …
    score: Decimal | None
    left: int | None  # attempts left; None where they are not counted
    late: bool
    opens_later: bool
    closed: bool
    overdue: bool


@dataclass(frozen=True)
class CourseWork:
    course: Course
    works: list[Work]
    teaches: bool


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My courses; five queries, however many there are."""
    user = cast(User, request.user)
    grades = grades_of(user)
    used = attempts_used_by_assignment(user)
    taught = set(courses_taught_by(user).values_list("pk", flat=True))
    works: dict[int, list[Work]] = {}
    for assignment in assignments_open_to(user):
        work = _work(assignment, grades.get(assignment.pk), used.get(assignment.pk, 0))
        works.setdefault(assignment.course_id, []).append(work)
    courses = [CourseWork(course, works.get(course.pk, []), course.pk in taught) for course in courses_of(user)]
    return render(request, "gradebook/home.html", {"courses": courses})


def _work(assignment: Assignment, grade: Grade | None, used: int) -> Work:
    now = timezone.now()
    allowed = assignment.attempts_allowed
    return Work(
        assignment=assignment,
        state=state_of(grade),
        score=grade.score if grade else None,
        left=None if allowed is None else max(0, allowed - used),
        late=bool(grade and grade.late),
        opens_later=bool(assignment.opens_at and assignment.opens_at > now),
        closed=bool(assignment.closes_at and assignment.closes_at <= now),
        overdue=bool(assignment.due_at and assignment.due_at <= now),
    )


def state_of(grade: Grade | None) -> str:
    """A grade's state, told apart by its points where it is simply graded."""
    if grade is None:
        return "none"
    if grade.state != Grade.State.GRADED or grade.score is None:
        return grade.state
    if grade.score >= grade.max_score:
        return "all_points"
    return "partial" if grade.score > 0 else "no_points"

"""The first page: my courses and where I stand in each assignment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assignments.models import Assignment, Course
from grader.accounts.models import Extension, User
from grader.accounts.queries import assignments_open_to, courses_managed_by, courses_of, courses_taught_by
from grader.gradebook.feedback import feedback_unread
from grader.gradebook.models import Grade
from grader.gradebook.queries import grades_of
from grader.submissions.queries import attempts_used_by_assignment
from grader.submissions.terms import Terms, terms_with

SOON = timedelta(days=3)  # from then on a deadline stands out
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Work:
    """One assignment as its student sees it in the list."""

    assignment: Assignment
    terms: Terms
    state: str  # a state of `words`: none, waiting, all_points, partial, no_points, …
    score: Decimal | None
    left: int | None  # attempts left; None where they are not counted
    late: bool
    overridden: bool
    unread: int  # comments, answers and decisions since the student last looked
    latest: str  # the public id of the latest submission, where that is to be read; empty without one
    now: datetime

    @property
    def opens_later(self) -> bool:
        return bool(self.terms.opens_at and self.terms.opens_at > self.now)

    @property
    def closed(self) -> bool:
        return bool(self.terms.closes_at and self.terms.closes_at <= self.now)

    @property
    def overdue(self) -> bool:
        return bool(self.terms.due_at and self.terms.due_at <= self.now)

    @property
    def soon(self) -> bool:
        """Whether the deadline is near and there are points to earn yet."""
        return bool(self.terms.due_at and self.now < self.terms.due_at < self.now + SOON and self.state != "all_points")


@dataclass(frozen=True)
class CourseWork:
    course: Course
    works: list[Work]
    teaches: bool
    manages: bool = False

    @property
    def earned(self) -> Decimal:
        return sum((work.score or NOTHING for work in self.works), NOTHING)

    @property
    def most(self) -> Decimal:
        return sum((work.assignment.max_score for work in self.works), NOTHING)

    @property
    def over(self) -> bool:
        """Whether nothing more can be handed in."""
        return bool(self.works) and all(work.closed for work in self.works)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My courses; a fixed number of queries, however many there are."""
    user = cast(User, request.user)
    grades, extensions, unread = grades_of(user), _extensions(user), feedback_unread(user)
    used = attempts_used_by_assignment(user)
    taught = set(courses_taught_by(user).values_list("pk", flat=True))
    managed = set(courses_managed_by(user).values_list("pk", flat=True)) if taught else set()
    works: dict[int, list[Work]] = {}
    for assignment in assignments_open_to(user):
        terms = terms_with(assignment, extensions.get(assignment.pk))
        work = _work(assignment, terms, grades.get(assignment.pk), used.get(assignment.pk, 0), unread.get(assignment.pk, 0))
        works.setdefault(assignment.course_id, []).append(work)
    courses = [
        CourseWork(course, works.get(course.pk, []), course.pk in taught, course.pk in managed) for course in courses_of(user)
    ]
    return render(request, "gradebook/home.html", {"courses": courses})


def _extensions(user: User) -> dict[int, Extension]:
    rows = Extension.objects.filter(student=user).order_by("assignment_id", "-id").distinct("assignment_id")
    return {row.assignment_id: row for row in rows if row.gives}


def _work(assignment: Assignment, terms: Terms, grade: Grade | None, used: int, unread: int) -> Work:
    allowed = terms.attempts_allowed
    return Work(
        assignment=assignment,
        terms=terms,
        state=state_of(grade),
        score=grade.score if grade else None,
        left=None if allowed is None else max(0, allowed - used),
        late=bool(grade and grade.late),
        overridden=bool(grade and grade.overridden),
        unread=unread,
        latest=grade.latest_submission if grade else "",
        now=timezone.now(),
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

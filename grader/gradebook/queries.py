"""Reading grades: one student's, and a whole course's in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from assignments.models import Assignment, Course
from grader.accounts.models import User
from grader.accounts.queries import students_of, work_visible_to
from grader.gradebook.models import Grade
from grader.gradebook.policy import Attempt
from grader.submissions.models import Run, RunState, Submission, TaskResult


@dataclass(frozen=True)
class Column:
    """One assignment of a gradebook."""

    id: int
    slug: str
    title: dict[str, str]
    max_score: Decimal


@dataclass(frozen=True)
class Row:
    """One student of a gradebook; a cell is None where nothing was handed in."""

    student_id: int
    public_id: str
    name: str
    username: str
    cells: tuple[Grade | None, ...]


@dataclass(frozen=True)
class Gradebook:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def gradebook_rows(course: Course) -> Gradebook:
    """Everybody's grades, in three queries whatever the size. The caller has asked `may_teach` first."""
    columns = tuple(
        Column(item.pk, item.slug, item.title, item.max_score)
        for item in Assignment.objects.filter(course=course, current_version__isnull=False).order_by("position", "slug")
    )
    grades = {(grade.student_id, grade.assignment_id): grade for grade in Grade.objects.filter(assignment__course=course)}
    rows = [
        Row(
            student.pk,
            student.public_id,
            student.display_name(),
            student.username,
            tuple(grades.get((student.pk, column.id)) for column in columns),
        )
        for student in students_of(course)
    ]
    return Gradebook(columns, tuple(sorted(rows, key=lambda row: folded(row.name))))


def folded(name: str) -> str:
    """For comparing names: no case, and Ё as Е. (The database sorts by code point, where Ё stands before А.)"""
    return name.casefold().replace("ё", "е")


def grades_visible_to(user: User | AnonymousUser) -> QuerySet[Grade]:
    """A person's own; for those who teach or assist in a course, all of that course; for the admin, all."""
    return work_visible_to(user, Grade.objects.select_related("assignment__course", "student"))


def grades_of(user: User) -> dict[int, Grade]:
    """One student's grades by assignment id."""
    return {grade.assignment_id: grade for grade in Grade.objects.filter(student=user)}


def attempts_of(student: User, assignment: Assignment) -> list[Submission]:
    """A student's submissions, newest first, each with `latest`: its newest run, or None. Two queries."""
    submissions = list(Submission.objects.filter(student=student, assignment=assignment).order_by("-attempt"))
    newest: dict[int | None, Run] = {}
    for run in Run.objects.filter(purpose=Run.Purpose.GRADE, submission__in=submissions).order_by("id"):
        newest[run.submission_id] = run
    for submission in submissions:
        submission.latest = newest.get(submission.pk)
    return submissions


def attempts_for_policy(student: User, assignment: Assignment) -> list[Attempt]:
    """A student's submissions as the policy sees them: of each the newest run that judged something speaks."""
    submissions = list(Submission.objects.filter(student=student, assignment=assignment))
    judged = Run.objects.filter(
        purpose=Run.Purpose.GRADE, state=RunState.DONE, result__in=["graded", "broken"], submission__in=submissions
    )
    speaking = {run.submission_id: run for run in judged.order_by("id")}
    to_review = set(TaskResult.objects.filter(run__in=speaking.values(), status="review").values_list("run_id", flat=True))
    return [
        _attempt(submission, assignment, run := speaking.get(submission.pk), review=run is not None and run.pk in to_review)
        for submission in submissions
    ]


def _attempt(submission: Submission, assignment: Assignment, run: Run | None, *, review: bool) -> Attempt:
    return Attempt(
        number=submission.attempt,
        submission=submission.public_id,
        state=submission.state,
        charged=submission.charged,
        late=bool(assignment.due_at and submission.submitted_at > assignment.due_at),
        run=run.pk if run else None,
        score=run.score if run else None,
        max_score=(run.max_score if run else None) or Decimal(0),
        review=review,
    )

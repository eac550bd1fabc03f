"""Reading grades and what the policy makes them of. (The table of a class reads its own way: `grid/`.)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from assignments.models import Assignment
from assignments.queries import package_of
from grader.accounts.models import User
from grader.accounts.queries import extensions_in, work_visible_to
from grader.gradebook.models import Grade, Override, TaskDecision
from grader.gradebook.policy import CENT, ON_TIME, Attempt, LateStep, Policy, Standing, TaskSeen, Word, standing
from grader.submissions.models import Run, RunState, Submission, TaskResult
from grader.submissions.terms import Terms, terms_of, terms_with

JUDGED = ("graded", "broken")  # results of runs that judged all there was


def grades_visible_to(user: User | AnonymousUser) -> QuerySet[Grade]:
    """A person's own; for those who teach or assist in a course, all of that course; for the admin, all."""
    return work_visible_to(user, Grade.objects.select_related("assignment__course", "student"))


def grades_of(user: User) -> dict[int, Grade]:
    """One student's grades by assignment id."""
    return {grade.assignment_id: grade for grade in Grade.objects.filter(student=user)}


def attempts_of(student: User, assignment: Assignment) -> list[Submission]:
    """A student's submissions, newest first, each with `latest`: the run that a regrade chose, else its newest. Two queries."""
    submissions = list(Submission.objects.filter(student=student, assignment=assignment).order_by("-attempt"))
    chosen = {one.speaking_run_id for one in submissions if one.speaking_run_id}
    newest: dict[int | None, Run] = {}
    graded = Q(purpose=Run.Purpose.GRADE, submission__in=submissions)
    for run in sorted(Run.objects.filter(graded | Q(pk__in=chosen)), key=lambda run: (run.pk in chosen, run.pk)):
        newest[run.submission_id] = run
    for submission in submissions:
        submission.latest = newest.get(submission.pk)
    return submissions


def attempt_of(submission: Submission) -> Attempt:
    """One submission as the policy sees it."""
    due_at = terms_of(submission.student, submission.assignment).due_at
    return attempts_by([submission], {submission.student_id: due_at})[0]


def attempts_by(submissions: Sequence[Submission], due: Mapping[int, datetime | None]) -> list[Attempt]:
    """These submissions as the policy sees them, in their order; `due` is when they were due, by student. Three queries."""
    runs = runs_that_speak(submissions)
    tasks = _tasks_seen(submissions, runs)
    return [
        Attempt(
            number=one.attempt,
            submission=one.public_id,
            state=one.state,
            charged=one.charged,
            late_by=max(ON_TIME, one.submitted_at - due_at) if (due_at := due.get(one.student_id)) else ON_TIME,
            run=run.pk if (run := runs.get(one.pk)) else None,
            score=run.score if run else None,
            max_score=(run.max_score if run else None) or Decimal(0),
            tasks=tuple(tasks.get(one.pk, {}).values()),
        )
        for one in submissions
    ]


def runs_that_speak(submissions: Sequence[Submission]) -> dict[int, Run]:
    """By submission: the run that a regrade chose, else the newest that judged it, else one that judged some of its tasks."""
    chosen = {one.speaking_run_id for one in submissions if one.speaking_run_id}
    ended = Q(purpose=Run.Purpose.GRADE, state=RunState.DONE, submission__in=submissions)
    found: dict[int, Run] = {}
    rank: dict[int, int] = {}
    partly = Exists(TaskResult.objects.filter(run=OuterRef("pk"), status="not_judged"))
    for run in Run.objects.filter(ended | Q(pk__in=chosen)).annotate(partly=partly).order_by("id"):
        here = 2 if run.pk in chosen else 1 if run.result in JUDGED else 0 if run.partly else -1
        if run.submission_id and here >= rank.get(run.submission_id, 0):
            found[run.submission_id], rank[run.submission_id] = run, here
    return found


def _tasks_seen(submissions: Sequence[Submission], runs: Mapping[int, Run]) -> dict[int, dict[str, TaskSeen]]:
    """By submission and task: what the run concluded and every decision since; also of tasks that the run never came to."""
    words: dict[tuple[int, str], list[Word]] = {}
    for said in TaskDecision.objects.filter(submission__in=submissions):
        words.setdefault((said.submission_id, said.task), []).append(Word(said.pk, said.points))
    seen: dict[int, dict[str, TaskSeen]] = {}
    of_run = {run.pk: submission for submission, run in runs.items()}
    for row in TaskResult.objects.filter(run__in=of_run):
        submission = of_run[row.run_id]
        said_of = tuple(words.pop((submission, row.task), ()))
        seen.setdefault(submission, {})[row.task] = TaskSeen(row.task, row.status, row.points, said_of)
    for (submission, task), alone in words.items():
        seen.setdefault(submission, {})[task] = TaskSeen(task, "error", words=tuple(alone))
    return seen


def late_steps_of(assignment: Assignment) -> list[LateStep]:
    return [LateStep(Decimal(str(hours)), Decimal(str(percent))) for hours, percent in assignment.late_steps]


def late_steps_in_dates(assignment: Assignment, terms: Terms) -> list[tuple[datetime, Decimal]]:
    """The late steps as a student reads them: from when on, and how many percent less."""
    if terms.due_at is None:
        return []
    steps = sorted(late_steps_of(assignment), key=lambda step: step.hours)
    return [(terms.due_at + timedelta(hours=float(step.hours)), step.percent) for step in steps]


@dataclass(frozen=True)
class Seen:
    """What the policy was given of a grade, and what it says."""

    attempts: Sequence[Attempt]
    standing: Standing


def standing_of(grade: Grade, assignment: Assignment) -> Standing:
    """What policy says of this grade now, from all rows that there are; nothing is written."""
    return standings_of(assignment, [grade])[0].standing


def standings_of(assignment: Assignment, grades: Sequence[Grade]) -> list[Seen]:
    """The same of grades of one assignment, in their order; six queries however many there are."""
    given = extensions_in(assignment, [one.student_id for one in grades])
    due = {one.student_id: terms_with(assignment, given.get(one.student_id)).due_at for one in grades}
    submissions = list(Submission.objects.filter(assignment=assignment, student__in=due))
    attempts: dict[int, list[Attempt]] = {}
    for submission, attempt in zip(submissions, attempts_by(submissions, due), strict=True):
        attempts.setdefault(submission.student_id, []).append(attempt)
    words: dict[int, list[Word]] = {}
    for said in Override.objects.filter(grade__in=[one.pk for one in grades]):
        words.setdefault(said.grade_id, []).append(Word(said.pk, said.score))
    policy, steps = cast(Policy, assignment.policy), late_steps_of(assignment)
    found = []
    for one in grades:
        theirs = attempts.get(one.student_id, [])
        found.append(Seen(theirs, standing(policy, theirs, late_steps=steps, overrides=words.get(one.pk, ()))))
    return found


def task_most(submission: Submission, task: str) -> Decimal:
    """The points that a task of this submission is worth: as its newest run knew it, else as it was asked; 0 for no such task."""
    judged = TaskResult.objects.filter(run__submission=submission, task=task).order_by("-run_id").first()
    if judged is not None:
        return judged.max_points
    run = submission.runs.select_related("package_version__assignment__course").order_by("-id").first()
    asked = package_of(run.package_version).tasks if run else ()
    return next((Decimal(str(one.spec.max_points)).quantize(CENT) for one in asked if one.id == task), Decimal(0))


@dataclass(frozen=True)
class TaskPoints:
    """What a task of a submission is worth now, people's words included, of how much."""

    points: Decimal
    most: Decimal


def task_points(submission: Submission, task: str) -> TaskPoints | None:
    """None while neither run nor person judged it."""
    seen = next((one for one in attempt_of(submission).tasks if one.task == task), None)
    if seen is None or (seen.status == "not_judged" and seen.decided is None):
        return None
    return TaskPoints(seen.points if seen.decided is None else seen.decided, task_most(submission, task))

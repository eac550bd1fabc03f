"""Writing grades: what comes in, what a run brought, and what a student has after it. One transaction each.

A grade is computed from runs and from what people decided (`decisions.py`), never set by hand; each change of a score leaves a
row of history and an event in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from assignments.models import Assignment
from grader.accounts.models import User
from grader.accounts.queries import external_user_ids
from grader.events.services import event_add, events_add
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.policy import Standing
from grader.gradebook.queries import standings_of
from grader.gradebook.review_rows import reviews_follow
from grader.submissions import claims, results, services, typed
from grader.submissions.models import Run, RunState, Submission, SubmissionState
from grader.submissions.told import run_facts, submission_facts
from grader.submissions.values import Claim, RunResult

log = logging.getLogger(__name__)

TOLD_REASON = {"extension": "late_policy"}  # what the history says, in the contract's words: lateness was computed anew
IN_REQUEST = "request"  # the name of the worker that judges typed answers in the request itself


def submission_receive(
    *,
    student: User,
    assignment: Assignment,
    notebook: bytes | None,
    notebook_name: str = "",
    answers: Mapping[str, Any],
    source: str = "web",
    external_submission_id: str = "",
) -> Submission:
    """Take what is handed in: a submission, the grade's note that one waits, and an event. Typed answers are judged at once.

    What was sent before (see `submission_create`) is given back as it is. Raises a `SubmitRefused`
    (grader.submissions.errors) when it can't be taken.
    """
    with transaction.atomic():
        submission, created = services.submission_create(
            student=student,
            assignment=assignment,
            notebook=notebook,
            notebook_name=notebook_name,
            answers=answers,
            source=source,
            external_submission_id=external_submission_id,
        )
        if created:
            grade_recompute(student, assignment, reason="run")
            _tell_received(submission)
    waiting = submission.runs.filter(queue=Run.Queue.NONE, state=RunState.QUEUED).first()
    if waiting is not None:
        run_judge(waiting.pk)
        submission.refresh_from_db()
    return submission


def run_judge(run_id: int) -> Grade | None:
    """Judge a run of typed answers here and now. If we fail it waits, and the sweeper tries again."""
    claim = claims.run_claim(run_id, IN_REQUEST, Run.Queue.NONE)
    if claim is None:
        return None
    run = Run.objects.select_related("submission", "package_version__assignment__course").get(pk=run_id)
    try:
        result = typed.run_judge_now(run)
    except Exception as problem:  # our own trouble, whatever it is: the upload is kept, nobody gets a zero
        log.exception("run %s could not be judged in the request", claim.order_of)
        run_give_back(claim, type(problem).__name__)
        return None
    return run_record(claim, result)


@transaction.atomic
def run_record(claim: Claim, result: RunResult) -> Grade | None:
    """The grading transaction: run, verdicts, grade, history and event together. None: the claim was lost, nothing is written."""
    if not results.run_finish(claim, result):
        log.info("run %s: claim %s came too late and is dropped", claim.order_of, claim.number)
        return None
    return _follow(claim.run_id)


@transaction.atomic
def run_give_back(claim: Claim, reason: str) -> None:
    """We could not do it: the run is tried again, or quarantined, and the grade says so."""
    if claims.run_release(claim, reason) == "quarantined":
        _follow(claim.run_id)


@transaction.atomic
def run_lose_lease(run_id: int) -> Run | None:
    """Give back a run whose worker has gone silent, and return it as it was. None: it was heard of, or another gave it back."""
    run = claims.run_expired(run_id)
    if run is not None and claims.run_give_up_claim(run, "its worker was not heard of for a whole lease") == "quarantined":
        _follow(run.pk)
    return run


def submission_stop(submission: Submission, *, by: User) -> bool:
    """Stop grading a submission; its grade no longer waits."""
    with transaction.atomic():
        cancelled = services.submission_cancel(submission, by=by)
        if cancelled:
            grade_recompute(submission.student, submission.assignment, reason="run")
    return cancelled


def _follow(run_id: int) -> Grade | None:
    """The grade after a run's end; None for a run that grades nothing (a try-out, say)."""
    run = Run.objects.select_related("submission__student", "submission__assignment__course").get(pk=run_id)
    if run.submission is None or run.purpose != Run.Purpose.GRADE:
        return None
    grade = grade_recompute(run.submission.student, run.submission.assignment, reason="run")
    _tell_ended(run, run.submission)
    return grade


def grade_ensure(student: User, assignment: Assignment) -> Grade:
    """The grade's row, made if need be: before the first attempt, and where a teacher has a word on work never handed in."""
    fields = {"max_score": assignment.max_score, "state": Grade.State.NONE}
    return Grade.objects.get_or_create(student=student, assignment=assignment, defaults=fields)[0]


@transaction.atomic
def grade_recompute(
    student: User, assignment: Assignment, *, reason: str, by: User | None = None, comment: str = "", recorded: bool = False
) -> Grade:
    """Make the grade what policy says of the runs there are and of what people decided.

    A changed score gets a version, a row of history and an event; with `recorded` also one that stayed (a person's word).
    """
    grade_ensure(student, assignment)
    (grade,) = grades_recompute(assignment, [student.pk], reason=reason, by=by, comment=comment, recorded=recorded)
    return grade


@transaction.atomic
def grades_recompute(
    assignment: Assignment,
    students: Collection[int],
    *,
    reason: str,
    by: User | None = None,
    comment: str = "",
    recorded: bool = False,
) -> list[Grade]:
    """The same for all of these students (by id) who have a grade, in as many queries. The only way that a score changes."""
    # Locked before the runs are read: of two runs that end together, the second sees the first.
    rows = Grade.objects.select_for_update(of=("self",)).filter(assignment=assignment, student__in=students)
    grades = list(rows.select_related("student").order_by("pk"))
    assignment = Assignment.objects.select_related("course").get(pk=assignment.pk)
    seen = standings_of(assignment, grades)
    reviews = reviews_follow(assignment, {one.student_id: of.attempts for one, of in zip(grades, seen, strict=True)})
    changes = []
    for grade, of in zip(grades, seen, strict=True):
        before, change = grade.score, _set(grade, of.standing, recorded)
        grade.reviews_open = reviews[grade.student_id]
        if change:
            said = {"version": grade.version, "changed_by": by, "reason": reason, "comment": comment}
            changes.append(GradeChange(grade=grade, score_from=before, score_to=grade.score, run_id=grade.run_id, **said))
    first = _scored_at_last(changes)
    # They are there and locked. `bulk_update` writes a CASE for each cell: four times as slow for a class.
    Grade.objects.bulk_create(grades, update_conflicts=True, unique_fields=["id"], update_fields=_KEPT)
    GradeChange.objects.bulk_create(changes)
    _tell([one.grade for one in changes], assignment, reason, first=first)
    return grades


_KEPT = (
    *("version", "score", "max_score", "run", "state", "attempts", "late", "penalty", "overridden", "latest_submission"),
    *("reviews_open", "updated_at"),
)


def _set(grade: Grade, now: Standing, recorded: bool) -> bool:
    """Make the row what policy says, in memory. True: with a new version, since the score is another or is to be recorded."""
    most = grade.max_score if now.max_score is None else now.max_score
    changed = recorded or (now.score, most) != (grade.score, grade.max_score)
    if changed:
        grade.version += 1
        grade.score = now.score
        grade.max_score = most
    grade.run_id = now.run if now.run is not None else grade.run_id
    grade.state = now.state
    grade.attempts = now.attempts
    grade.late = now.late
    grade.penalty = now.penalty
    grade.overridden = now.overridden
    grade.latest_submission = now.latest
    return changed


def _scored_at_last(changes: list[GradeChange]) -> set[int]:
    """Grades (by id) that get their first score by these changes, which are not written yet."""
    posted = {one.grade_id for one in changes if one.score_from is None and one.score_to is not None}
    scored = GradeChange.objects.filter(grade__in=posted, score_to__isnull=False)
    return posted - set(scored.values_list("grade_id", flat=True)) if posted else posted


def _tell(grades: list[Grade], assignment: Assignment, reason: str, *, first: Collection[int]) -> None:
    """Tell what these grades of an assignment are now. Of those that have their first score by it, that is told before."""
    course = assignment.course.slug
    names = external_user_ids([grade.student_id for grade in grades], assignment.course)
    told = {
        grade.pk: {
            "grade_id": grade.public_id,
            "course": course,
            "assignment": assignment.slug,
            "external_user_id": names.get(grade.student_id, ""),
            "score": decimal_text(grade.score),
            "max_score": decimal_text(grade.max_score),
            "grade_version": grade.version,
            "reason": TOLD_REASON.get(reason, reason),
        }
        for grade in grades
    }
    events_add(event_type="grade.posted", course_slug=course, rows=[data for pk, data in told.items() if pk in first])
    events_add(event_type="grade.changed", course_slug=course, rows=told.values())


def _tell_ended(run: Run, submission: Submission) -> None:
    course, facts = submission.assignment.course.slug, run_facts(run, submission)
    if run.state != RunState.QUARANTINED and run.result in ("graded", "broken"):
        scores = {"score": decimal_text(run.score), "max_score": decimal_text(run.max_score)}
        event_add(event_type="run.finished", course_slug=course, data={**facts, "status": run.result, **scores})
        return
    status = "quarantined" if run.state == RunState.QUARANTINED else "not_judged"
    again = submission.state == SubmissionState.QUEUED
    event_add(event_type="run.failed", course_slug=course, data={**facts, "status": status, "tries_again": again})


def _tell_received(submission: Submission) -> None:
    course = submission.assignment.course.slug
    event_add(event_type="submission.received", course_slug=course, data=submission_facts(submission))


def decimal_text(value: Decimal | None) -> str | None:
    """A score as callers outside read it: "2.50"."""
    return None if value is None else f"{value:.2f}"

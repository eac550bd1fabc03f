"""Submissions: handing in for a student, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, cast

from asgiref.sync import sync_to_async
from django.db.models import Exists, OuterRef, QuerySet
from ninja import File, Form, Query, Schema
from ninja.files import UploadedFile

from grader.accounts.models import Enrolment
from grader.api.access import submissions_for
from grader.api.auth import MULTIPART, ApiRequest
from grader.api.handing_in import HandIn, hand_in
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import Problem, language_of, not_found
from grader.api.resources.runs import RunEnd, Tasks, run_end, tasks_shown
from grader.api.routes import Answer, Routes
from grader.api.shapes import External, Links, external_ids, link, the_assignment
from grader.api.tokens import Scope
from grader.api.waiting import until_over
from grader.gradebook.queries import attempts_by
from grader.gradebook.services import decimal_text, submission_stop
from grader.submissions import live
from grader.submissions.models import Submission, SubmissionState
from grader.submissions.queries import run_shown

routes = Routes("Submissions")

Status = Literal["queued", "running", "graded", "broken", "cancelled", "quarantined"]
LONGEST_WAIT_S = 60
ASK_AGAIN_S = 2  # of a submission under way, for those who don't wait


class SubmissionBrief(Schema):
    """A submission in a list. `score` is what its run measured, with a teacher's word in place; the grade is another object."""

    id: str
    course: str
    assignment: str
    external_user_id: str
    external_submission_id: str
    attempt: int
    status: Status
    score: str | None
    max_score: str | None
    submitted_at: datetime
    notebook_sha256: str
    links: Links


class SubmissionShown(SubmissionBrief):
    """A submission with its results. `position` is its place in the queue, null once it is out of it."""

    position: int | None
    run: RunEnd | None
    tasks: Tasks


class Filters(Schema):
    external_user_id: External = ""
    external_submission_id: External = ""
    status: Status | None = None


Filtered = Annotated[Filters, Query()]


@routes.post(
    "/assignments/{slug:course}/{slug:assignment}/submissions",
    gives=SubmissionShown,
    scopes=(Scope.SUBMISSIONS_WRITE,),
    takes=MULTIPART,
    keyed="optional",
    problems=("submission.refused", "student.unknown", "queue.full", "conflict", "too_large"),
)
def submission_create(
    request: ApiRequest, course: str, assignment: str, form: Form[HandIn], notebook: File[UploadedFile | None] = None
) -> Answer:
    """Hand in for a student.

    The time of submission is that of our database. The same `external_submission_id` again answers as the first time; without
    one, send an Idempotency-Key. Typed answers alone are judged at once; a notebook waits in the queue: ask its `links.self`
    with `?wait=20`, or have a webhook.
    """
    row = the_assignment(request.auth, course, assignment)
    submission = hand_in(request, row, form, notebook)
    shown = submission_shown(request, submission)
    return Answer(shown, {"Location": shown.links["self"], **_retry(shown)})


@routes.get(
    "/assignments/{slug:course}/{slug:assignment}/submissions",
    gives=Page[SubmissionBrief],
    scopes=(Scope.SUBMISSIONS_READ,),
)
def submissions_list(
    request: ApiRequest, course: str, assignment: str, paging: Paged, filters: Filtered
) -> Page[SubmissionBrief]:
    """The submissions of an assignment, oldest first."""
    row = the_assignment(request.auth, course, assignment)
    rows = submissions_for(request.auth).filter(assignment=row)
    return page_of(_filtered(rows, filters), paging, lambda some: submissions_shown(request, some))


@routes.get("/submissions/{public_id:submission_id}", gives=SubmissionShown, scopes=(Scope.SUBMISSIONS_READ,))
async def submission_show(
    request: ApiRequest,
    submission_id: str,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for the result.")] = 0,
) -> Answer:
    """One submission with its results.

    With `wait` the answer comes as soon as grading has ended, or when the time is over; then ask again.
    """
    number, shown = await sync_to_async(_read)(request, submission_id)
    if wait and shown.status in live.UNDER_WAY:
        await until_over(number, token=request.auth.pk, wait_s=wait)
        _number, shown = await sync_to_async(_read)(request, submission_id)
    return Answer(shown, _retry(shown))


@routes.post(
    "/submissions/{public_id:submission_id}/cancel",
    gives=SubmissionShown,
    status=200,
    scopes=(Scope.SUBMISSIONS_WRITE,),
    takes="",
    keyed="optional",
    problems=("conflict",),
)
def submission_cancel(request: ApiRequest, submission_id: str) -> SubmissionShown:
    """Stop grading a submission. One that was cancelled already stays so; one that has ended answers 409."""
    submission = _submission(request, submission_id)
    if submission.state != SubmissionState.CANCELLED and not submission_stop(submission, by=request.by):
        submission.refresh_from_db()
        if submission.state != SubmissionState.CANCELLED:
            raise Problem("conflict", submission_status=submission.state)
    submission.refresh_from_db()
    return submission_shown(request, submission)


def _filtered(rows: QuerySet[Submission], filters: Filters) -> QuerySet[Submission]:
    if filters.external_user_id:
        known = Enrolment.objects.filter(course=OuterRef("assignment__course"), user=OuterRef("student"))
        rows = rows.filter(Exists(known.filter(external_user_id=filters.external_user_id)))
    if filters.external_submission_id:
        rows = rows.filter(external_submission_id=filters.external_submission_id)
    return rows.filter(state=filters.status) if filters.status else rows


def _submission(request: ApiRequest, submission_id: str) -> Submission:
    submission = submissions_for(request.auth).filter(public_id=submission_id).first()
    if submission is None:
        raise not_found()
    return submission


def _read(request: ApiRequest, submission_id: str) -> tuple[int, SubmissionShown]:
    submission = _submission(request, submission_id)
    return submission.pk, submission_shown(request, submission)


def _retry(shown: SubmissionShown) -> Mapping[str, str]:
    return {"Retry-After": str(ASK_AGAIN_S)} if shown.status in live.UNDER_WAY else {}


def submissions_shown(request: ApiRequest, rows: Sequence[Submission]) -> list[SubmissionBrief]:
    """Five queries, however many."""
    names = external_ids((one.student_id, one.assignment.course_id) for one in rows)
    attempts = attempts_by(rows, {})
    return [
        SubmissionBrief(
            id=one.public_id,
            course=one.assignment.course.slug,
            assignment=one.assignment.slug,
            external_user_id=names.get((one.student_id, one.assignment.course_id), ""),
            external_submission_id=one.external_submission_id,
            attempt=one.attempt,
            status=cast(Status, one.state),
            score=decimal_text(attempt.earned),
            max_score=decimal_text(attempt.max_score) if attempt.earned is not None else None,
            submitted_at=one.submitted_at,
            notebook_sha256=one.notebook_digest,
            links=_links(request, one),
        )
        for one, attempt in zip(rows, attempts, strict=True)
    ]


def submission_shown(request: ApiRequest, submission: Submission) -> SubmissionShown:
    brief = submissions_shown(request, [submission])[0]
    run, language = run_shown(submission), language_of(request)
    ended = run is not None and bool(run.result)
    return SubmissionShown(
        **brief.model_dump(),
        position=_position(submission),
        run=run_end(run, language) if run is not None and ended else None,
        tasks=tasks_shown(run, language) if run is not None and ended else {},
    )


def _position(submission: Submission) -> int | None:
    if submission.state != SubmissionState.QUEUED:
        return None
    return live.look([submission.pk])[submission.pk].wait.place or None


def _links(request: ApiRequest, one: Submission) -> Links:
    here = f"/submissions/{one.public_id}"
    return {
        "self": link(request, here),
        "runs": link(request, f"{here}/runs"),
        "cancel": link(request, f"{here}/cancel"),
        "assignment": link(request, f"/assignments/{one.assignment.course.slug}/{one.assignment.slug}"),
    }

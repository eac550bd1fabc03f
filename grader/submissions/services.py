"""Taking an upload: look at it, keep it, queue it. Views and API come here through
`gradebook.services.submission_receive`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from assignments.models import Assignment, PackageVersion
from assignments.package.answers import AnswerError, read_answers
from assignments.package.values import AssignmentPackage
from assignments.queries import package_of
from grader import blobs, queue
from grader.accounts import throttle
from grader.accounts.models import User
from grader.submissions import errors
from grader.submissions.claims import run_cancel
from grader.submissions.models import Draft, Run, Submission, SubmissionState
from grader.submissions.plain import plain, plain_text
from grader.submissions.preflight import preflight
from grader.submissions.terms import door_of

log = logging.getLogger(__name__)

SAME_UPLOAD_S = 10  # the same bytes and answers within so long are a second click, not a second attempt
UNDER_WAY = 2  # submissions of one student for one assignment that may wait or run at once
MOST_A_DAY = 100  # of one student in one assignment, whatever became of them: what is handed in is kept for ever
ANSWERS_LIMIT = 256 * 1024  # bytes of JSON


def submission_create(
    *,
    student: User,
    assignment: Assignment,
    notebook: bytes | None,
    notebook_name: str = "",
    answers: Mapping[str, Any],
    source: str = "web",
    external_submission_id: str = "",
) -> tuple[Submission, bool]:
    """A new submission with its first run, queued, and True; or the one that this was sent as before, and False.

    The same upload sent twice is one submission, and so is one `external_submission_id`. Raises a `SubmitRefused`
    of `errors` when it can't be taken; then nothing is kept and no attempt is used.
    """
    version = _version_now(assignment)
    package = package_of(version)
    typed = _answers_checked(package, answers)
    _notebook_checked(package, notebook, typed)
    digest = blobs.put(notebook) if notebook and package.notebook != "none" else ""
    with transaction.atomic():
        _take_turns(student, assignment)
        same = _sent_before(student, assignment, digest, typed, external_submission_id)
        if same is not None:
            return same, False
        _may_submit(student, assignment)
        submission = Submission.objects.create(
            student=student,
            assignment=assignment,
            attempt=_next_attempt(student, assignment),
            notebook_digest=digest,
            notebook_name=plain_text(notebook_name, 255) if digest else "",
            answers=typed,
            source=source,
            external_submission_id=external_submission_id,
        )
        _run_add(submission, version)
        Draft.objects.filter(student=student, assignment=assignment).delete()
    return submission, True


def _version_now(assignment: Assignment) -> PackageVersion:
    if assignment.current_version is None:
        raise errors.NotOpen()
    return assignment.current_version


def _answers_checked(package: AssignmentPackage, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as typed, without empty ones, proved to be readable."""
    typed = {task: value for task, value in plain(answers).items() if value not in ("", [], {}, None)}
    if len(json.dumps(typed)) > ANSWERS_LIMIT:
        raise errors.BadAnswer("answer.too_long", {"limit_kb": ANSWERS_LIMIT // 1024})
    try:
        read_answers(package, typed)
    except AnswerError as problem:
        raise errors.BadAnswer(problem.code, {**problem.values, "task": problem.task}) from problem
    return typed


def _notebook_checked(package: AssignmentPackage, notebook: bytes | None, typed: dict[str, Any]) -> None:
    if notebook is None or package.notebook == "none":
        if not typed:
            raise errors.NothingSubmitted()
        if package.notebook == "required":
            raise errors.Refused("preflight.missing")
        return
    preflight(notebook)


def _take_turns(student: User, assignment: Assignment) -> None:
    """Uploads of one student for one assignment one after the other, so that attempts are counted right."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"submit:{student.pk}:{assignment.pk}"])


def _sent_before(
    student: User, assignment: Assignment, digest: str, typed: dict[str, Any], external_id: str
) -> Submission | None:
    if external_id:
        known = Submission.objects.filter(assignment=assignment, external_submission_id=external_id).first()
        if known is not None and known.student_id != student.pk:
            raise errors.ExternalIdTaken(values={"id": external_id})
        return known
    lately = Now() - timedelta(seconds=SAME_UPLOAD_S)
    last = Submission.objects.filter(student=student, assignment=assignment, submitted_at__gte=lately).first()
    if last is None or last.external_submission_id or (last.notebook_digest, last.answers) != (digest, typed):
        return None
    return last


def _may_submit(student: User, assignment: Assignment) -> None:
    fresh = Assignment.objects.select_related("course").annotate(now=Now()).get(pk=assignment.pk)  # by the database's clock
    door = door_of(student, fresh, now=fresh.now)
    if door.opens_later and door.terms.opens_at:
        raise errors.NotOpen(values={"at": _moment(door.terms.opens_at)})
    if door.closed and door.terms.closes_at:
        raise errors.Closed(values={"at": _moment(door.terms.closes_at)})
    if door.allowed is not None and door.left == 0:
        raise errors.NoAttemptsLeft(values={"allowed": door.allowed})
    if door.again_at:
        raise errors.TooSoon(values={"minutes": -(-door.wait_s // 60), "at": _moment(door.again_at)})
    mine = Submission.objects.filter(student=student, assignment=assignment)
    if mine.filter(submitted_at__gt=fresh.now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise errors.TooMany(values={"most": MOST_A_DAY})
    waiting = mine.filter(state__in=[SubmissionState.QUEUED, SubmissionState.RUNNING])
    if waiting.count() >= UNDER_WAY:  # so that nobody fills the queue before everybody else
        raise errors.UnderWay(values={"most": UNDER_WAY})


def _moment(at: datetime) -> str:
    """A moment as both languages read it, with its zone: 2026-11-24 18:30 MSK."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M %Z")


def _next_attempt(student: User, assignment: Assignment) -> int:
    last = Submission.objects.filter(student=student, assignment=assignment).aggregate(last=Max("attempt"))["last"]
    return (last or 0) + 1


def _run_add(submission: Submission, version: PackageVersion) -> None:
    assignment = submission.assignment
    wanted = Run.Queue.CPU if assignment.device == Assignment.Device.CPU else Run.Queue.GPU
    where = wanted if assignment.needs_worker else Run.Queue.NONE
    run = Run.objects.create(submission=submission, package_version=version, queue=where)
    if where != Run.Queue.NONE:  # workers hear of it once it is committed
        transaction.on_commit(partial(queue.ring, run.pk, str(where)), robust=True)


def submission_cancel(submission: Submission, *, by: User) -> bool:
    """Stop grading a submission that has not ended. The attempt is not charged unless its notebook had begun to run."""
    with transaction.atomic():
        # Runs before their submission, as everybody who locks both does.
        runs = list(submission.runs.select_for_update().filter(purpose=Run.Purpose.GRADE).order_by("id"))
        locked = Submission.objects.select_for_update().get(pk=submission.pk)
        if locked.state not in (SubmissionState.QUEUED, SubmissionState.RUNNING):
            return False
        for run in runs:
            run_cancel(run)
        charged = locked.charged and locked.state == SubmissionState.RUNNING
        Submission.objects.filter(pk=locked.pk).update(state=SubmissionState.CANCELLED, charged=charged)
    log.info("submission %s cancelled by %s", submission.public_id, by.public_id)
    return True


def draft_save(
    *, student: User, assignment: Assignment, notebook: bytes | None, notebook_name: str, answers: Mapping[str, Any]
) -> Draft:
    """Keep what a refused form held. Without a new file the one kept before stays.

    Of very many files one after the other none is kept, nor the one before: it would be handed in for the one that was not.
    """
    fields: dict[str, Any] = {"answers": plain(answers)}
    if notebook is not None:
        kept = throttle.try_begin([throttle.draft_limit(student)]) is None
        name = plain_text(notebook_name, 255) if kept else ""
        fields |= {"notebook_digest": blobs.put(notebook) if kept else "", "notebook_name": name}
    draft, _ = Draft.objects.update_or_create(student=student, assignment=assignment, defaults=fields)
    return draft

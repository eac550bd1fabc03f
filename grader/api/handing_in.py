"""Handing in for a student: whose it is, whether the bytes are what was sent, and why it is not taken."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from assignments.models import Assignment
from grader.accounts.enrolling import EnrolRefused, student_enrol
from grader.accounts.models import Enrolment, Role, User
from grader.api import limits
from grader.api.access import has_scope
from grader.api.acting import look_at_queue, noted
from grader.api.auth import ApiRequest
from grader.api.models import CourseRules
from grader.api.problems import FieldProblem, Problem, wrong_field
from grader.api.shapes import External
from grader.api.tokens import Scope
from grader.gradebook.services import submission_receive
from grader.submissions.errors import BadAnswer, ExternalIdTaken, Refused, SubmitRefused
from grader.submissions.models import Submission
from grader.submissions.uploads import LIMIT, too_large_upload

CLOCK_OFF = timedelta(minutes=5)
_NO_STUDENT = gettext_lazy("This person is no student of the course, or has been deactivated.")


class HandIn(Schema):
    """The fields beside the file."""

    external_user_id: Annotated[External, Field(min_length=1, description="The student as the LMS knows them in this course.")]
    answers: str = Field("", max_length=256 * 1024, description='Typed answers as JSON: {"13.1": "0.83", "6.2": ["a", "b"]}.')
    external_submission_id: External = Field("", description="The caller's own id: the same again is the same submission.")
    notebook_sha256: Annotated[str, StringConstraints(pattern="^([0-9a-f]{64})?$")] = Field(
        "", description="If given, the file must have this digest."
    )
    submitted_at: datetime | None = Field(
        None, description="When the student handed in, by the caller's clock. Looked at, not kept: deadlines go by ours."
    )


def hand_in(request: ApiRequest, assignment: Assignment, form: HandIn, notebook: UploadedFile | None) -> Submission:
    """The submission, new or the one that this was sent as before. Raises a `Problem`."""
    if too_large_upload(request, "notebook") is not None:
        raise Problem("too_large", _("A notebook may have %(mb)d MB.") % {"mb": LIMIT // 2**20}, limit_bytes=LIMIT)
    content = notebook.read() if notebook is not None else None
    _look_at_digest(form, content)
    _look_at_clock(form)
    answers = _answers(form.answers)
    look_at_queue()
    student = _student(request, assignment, form.external_user_id)
    rate = limits.count(f"student:{student.pk}", limits.of_students())
    if rate is not None and rate.over:
        raise limits.problem(rate)
    _look_at_repeat(assignment, form, content)
    try:
        return submission_receive(
            student=student,
            assignment=assignment,
            notebook=content,
            notebook_name=(notebook.name if notebook else "") or "",
            answers=answers,
            source="api",
            external_submission_id=form.external_submission_id,
        )
    except ExternalIdTaken as taken:
        raise Problem("conflict", errors=[FieldProblem("/external_submission_id", taken.code, values=taken.values)]) from taken
    except SubmitRefused as refused:
        raise _refusal(refused) from refused


def _refusal(refused: SubmitRefused) -> Problem:
    pointer = "/notebook" if isinstance(refused, Refused) else ""
    if isinstance(refused, BadAnswer):
        pointer = f"/answers/{refused.values.get('task', '')}"
    return Problem("submission.refused", errors=[FieldProblem(pointer, refused.code, values=refused.values)])


def _look_at_digest(form: HandIn, content: bytes | None) -> None:
    if form.notebook_sha256 and hashlib.sha256(content or b"").hexdigest() != form.notebook_sha256:
        raise wrong_field("/notebook_sha256", "notebook.digest_differs", _("The file that arrived has another SHA-256."))


def _look_at_clock(form: HandIn) -> None:
    at = form.submitted_at
    if at is not None and (at.tzinfo is None or at > timezone.now() + CLOCK_OFF):
        raise wrong_field("/submitted_at", "submitted_at.unclear", _("Give a moment with its zone that is not in the future."))


def _answers(text: str) -> dict[str, Any]:
    try:
        answers = json.loads(text, parse_constant=_no_constant) if text.strip() else {}
    except (ValueError, RecursionError):
        answers = None
    if not isinstance(answers, dict):
        raise wrong_field("/answers", "answers.not_json", _("Answers are a JSON object: an answer by the task's id."))
    return answers


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _look_at_repeat(assignment: Assignment, form: HandIn, content: bytes | None) -> None:
    """The same id with another file is no repetition: whoever sent it must hear that it was not taken."""
    if not form.external_submission_id:
        return
    known = Submission.objects.filter(assignment=assignment, external_submission_id=form.external_submission_id).first()
    digest = hashlib.sha256(content).hexdigest() if content else ""
    if known is not None and known.notebook_digest and digest and known.notebook_digest != digest:
        sentence = _("This id was given to a submission with another file.")
        raise Problem("conflict", errors=[FieldProblem("/external_submission_id", "submission.other_file", sentence)])


def _student(request: ApiRequest, assignment: Assignment, name: str) -> User:
    course = assignment.course
    place = Enrolment.objects.filter(course=course, external_user_id=name).select_related("user").first()
    if place is not None:
        if place.role == Role.STUDENT and place.user.is_active:
            return place.user
        raise Problem("student.unknown", _NO_STUDENT)
    if not CourseRules.objects.filter(course=course, provisions_students=True).exists():
        raise Problem("student.unknown", _("Enrol them first: this course enrols nobody by a submission."))
    if not has_scope(request.auth, Scope.ROSTERS_WRITE):
        raise Problem("student.unknown", _("To enrol them by a submission the token needs the scope rosters:write."))
    try:
        place, made = student_enrol(course=course, external_user_id=name)
    except EnrolRefused as refused:
        raise Problem("student.unknown", _NO_STUDENT) from refused
    if made:
        noted(request, "enrolment.made", course, external_user_id=name, user_id=place.user.public_id)
    return place.user

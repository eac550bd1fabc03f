"""What writing resources share: how points and words arrive, whose student is meant, and a note of who did what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, User
from grader.accounts.throttle import address_of
from grader.api.auth import ApiRequest
from grader.api.problems import FieldProblem, Problem, wrong_field
from grader.events.services import Actor, audit_add
from grader.gradebook.decisions import OutOfRange
from grader.gradebook.services import decimal_text
from grader.submissions.queries import waiting_summary

FULL_S = 60  # when to come again while too much waits

# Text, as scores are everywhere here: 2.675 of a float would be another number than the one that was typed.
Points = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}([.][0-9]{1,2})?$"), Field(examples=["2.50"])]
_SAYS_SOMETHING = r"^[^\x00]*[^\x00\s][^\x00]*$"
Words = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=_SAYS_SOMETHING)]
FewWords = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_SAYS_SOMETHING)]  # they stand in an address


def points_out(out: OutOfRange, pointer: str) -> Problem:
    says = _("This is less or more than may be given: see least and most.")
    wrong = FieldProblem(pointer, "points.out_of_range", says)
    return Problem("validation.failed", errors=[wrong], least=decimal_text(out.least), most=decimal_text(out.most))


def words_missing(pointer: str) -> Problem:
    return wrong_field(pointer, "words.missing", _("Say why: the student and the teachers read it."))


def students_named(course: Course, names: Iterable[str], pointer: str) -> list[User]:
    """Students of a course by the LMS's ids. Raises a `Problem` that names those who are none."""
    wanted = list(dict.fromkeys(names))
    places = Enrolment.objects.filter(course=course, role=Role.STUDENT, user__is_active=True, external_user_id__in=wanted)
    found = {one.external_user_id: one.user for one in places.exclude(external_user_id="").select_related("user")}
    if unknown := [name for name in wanted if name not in found]:
        raise Problem("student.unknown", errors=[FieldProblem(pointer, "student.unknown", ", ".join(unknown[:20]))])
    return [found[name] for name in wanted]


def look_at_queue() -> None:
    """Before work is made for the workers. Raises a `Problem` where too much waits already."""
    if waiting_summary()[0] >= settings.GRADER_API_QUEUE_LIMIT:
        raise Problem("queue.full", headers={"Retry-After": str(FULL_S)})


def actor(request: ApiRequest) -> Actor:
    """For the audit: a person answers for it, and a token did it."""
    return Actor(person=request.by.public_id, token=request.auth.public_id, source=address_of(request))


def noted(request: ApiRequest, what: str, course: Course, **data: Any) -> None:
    """A row in the audit."""
    audit_add(what, by=actor(request), course_slug=course.slug, data=data)

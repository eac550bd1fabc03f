"""Enrolments: the students of a course by the ids that the LMS knows them by. What may be written, `accounts.enrolling` knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, cast
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from ninja import Path, Query, Schema
from pydantic import Field, StringConstraints

from assignments.models import Course
from grader.accounts.enrolling import EmailRefused, EnrolRefused, Why, roster_lock, student_enrol
from grader.accounts.members import member_remove
from grader.accounts.models import Enrolment, Role
from grader.api.access import enrolments_for
from grader.api.acting import noted
from grader.api.auth import ApiRequest
from grader.api.conditional import match_honoured
from grader.api.kinds import Words
from grader.api.paging import Page, Paged, page_of
from grader.api.problems import FieldProblem, Problem, not_found, wrong_field
from grader.api.routes import Answer, Routes
from grader.api.shapes import External, Links, link, the_course
from grader.api.tokens import Scope

routes = Routes("Enrolments")

RoleName = Literal["student", "assistant", "teacher"]
EMAIL_MOST = 254
_NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
PersonName = Annotated[str, StringConstraints(max_length=150, pattern=_NO_CONTROL)]
SectionName = Annotated[str, StringConstraints(max_length=120, pattern=_NO_CONTROL)]
Named = Annotated[External, Path(min_length=1, description="The person as the LMS knows them in this course; percent-encoded.")]


class EnrolmentShown(Schema):
    """A person's place in a course. `person` is their id on this site, `section` a name, empty for none.

    `active` is false of an account that was closed.
    """

    external_user_id: str
    course: str
    person: str
    last_name: str
    first_name: str
    email: str
    role: RoleName
    section: str
    active: bool
    since: datetime
    links: Links


class EnrolmentWanted(Schema):
    """What is left out stays as it is."""

    last_name: PersonName = ""
    first_name: PersonName = ""
    email: Annotated[str, StringConstraints(max_length=EMAIL_MOST, pattern=_NO_CONTROL)] = ""
    section: SectionName | None = Field(None, description="A name; made if the course has none of it. Empty: in no section.")
    role: Literal["student"] = Field("student", description="Teachers and assistants are appointed by people, on the site.")


class Filters(Schema):
    role: RoleName | None = None
    section: SectionName | None = Field(None, description="A section's name; empty: those in none.")


@routes.get("/courses/{slug:course}/enrolments", gives=Page[EnrolmentShown], scopes=(Scope.ROSTERS_READ,))
def enrolments_list(
    request: ApiRequest, course: str, paging: Paged, filters: Annotated[Filters, Query()]
) -> Page[EnrolmentShown]:
    """The people of a course, in the order in which they came. `external_user_id` is empty where the LMS's id is not known."""
    rows = enrolments_for(request.auth).filter(course=the_course(request.auth, course))
    if filters.role:
        rows = rows.filter(role=filters.role)
    if filters.section is not None:
        rows = rows.filter(section__name__iexact=filters.section) if filters.section else rows.filter(section=None)
    return page_of(rows, paging, lambda some: _enrolments(request, some))


@routes.get(
    "/courses/{slug:course}/enrolments/{external_id:external_user_id}", gives=EnrolmentShown, scopes=(Scope.ROSTERS_READ,)
)
def enrolment_show(request: ApiRequest, course: str, external_user_id: Named) -> EnrolmentShown:
    """One person of a course, by the LMS's id."""
    return _enrolment(request, _there(request, the_course(request.auth, course), external_user_id))


@routes.put(
    "/courses/{slug:course}/enrolments/{external_id:external_user_id}",
    gives=EnrolmentShown,
    creates=True,
    scopes=(Scope.ROSTERS_WRITE,),
    matched="optional",
    problems=("conflict",),
)
def enrolment_put(request: ApiRequest, course: str, external_user_id: Named, body: EnrolmentWanted) -> Answer:
    """Enrol a student, or change what is known of them.

    Send it as often as you like: 201 the first time, 200 then. An e-mail that one account has means that person, who keeps their
    name; one that is nobody's makes an account, without a letter or a password. Names are written until the person has signed in
    or is in another course; an e-mail is set where there is none, and never replaced: the answer shows what is kept.
    """
    row = the_course(request.auth, course)
    _look_at_email(body.email)
    with transaction.atomic():
        roster_lock(row)
        before = _found(request, row, external_user_id)
        match_honoured(request, _enrolment(request, before) if before else None)
        try:
            place, made = student_enrol(course=row, external_user_id=external_user_id, **body.model_dump(exclude={"role"}))
        except EnrolRefused as refused:
            raise _conflict(refused) from refused
        shown = _enrolment(request, _there(request, row, external_user_id))
        if before is None or shown != _enrolment(request, before):
            what = "enrolment.made" if made else "enrolment.changed"
            noted(request, what, row, external_user_id=external_user_id, user_id=place.user.public_id)
    return Answer(shown, {"Location": shown.links["self"]}, status=201) if made else Answer(shown)


@routes.delete(
    "/courses/{slug:course}/enrolments/{external_id:external_user_id}",
    scopes=(Scope.ROSTERS_WRITE,),
    matched="optional",
    problems=("conflict", "validation.failed"),
)
def enrolment_delete(request: ApiRequest, course: str, external_user_id: Named) -> None:
    """Take a student out of the course.

    They no longer open it; what they handed in stays with their grades. Enrolled again by the same id and e-mail, they are who
    they were.
    """
    row = the_course(request.auth, course)
    with transaction.atomic():
        roster_lock(row)
        place = _there(request, row, external_user_id)
        match_honoured(request, _enrolment(request, place))
        if place.role != Role.STUDENT:
            raise _conflict(EnrolRefused("teaches"))
        person = place.user.public_id
        member_remove(enrolment=place, by=request.by)
        noted(request, "enrolment.removed", row, external_user_id=external_user_id, user_id=person)


def _found(request: ApiRequest, course: Course, name: str) -> Enrolment | None:
    return enrolments_for(request.auth).filter(course=course, external_user_id=name).first()


def _there(request: ApiRequest, course: Course, name: str) -> Enrolment:
    place = _found(request, course, name)
    if place is None:
        raise not_found()
    return place


def _look_at_email(email: str) -> None:
    kept = email.strip().lower()  # İ in small letters is longer
    try:
        if kept:
            validate_email(kept)
        if len(kept) > EMAIL_MOST or not kept.isprintable():
            raise ValidationError(kept)
    except ValidationError:
        raise wrong_field("/email", "email.malformed", _("This is no e-mail.")) from None


_SAYS: dict[Why, Words] = {
    "teaches": _("This person teaches here or runs the site. Their place is changed by people, on the course's page."),
    "deactivated": _("This account was closed. An administrator can open it again."),
    "several": _("Several accounts have this e-mail. Add the right one on the course's page, with the id."),
    "other_id": _("This person is in the course by another id of the LMS. It can be changed on the course's page."),
    "other_person": _("Another account has this e-mail, or the id was somebody else's. A teacher can add the right one."),
}


def _conflict(refused: EnrolRefused) -> Problem:
    pointer = "/email" if isinstance(refused, EmailRefused) else "?external_user_id"
    return Problem("conflict", errors=[FieldProblem(pointer, f"enrolment.{refused.why}", _SAYS[refused.why])])


def _enrolment(request: ApiRequest, one: Enrolment) -> EnrolmentShown:
    return _enrolments(request, [one])[0]


def _enrolments(request: ApiRequest, rows: Sequence[Enrolment]) -> list[EnrolmentShown]:
    """No query more, however many."""
    return [
        EnrolmentShown(
            external_user_id=one.external_user_id,
            course=one.course.slug,
            person=one.user.public_id,
            last_name=one.user.last_name,
            first_name=one.user.first_name,
            email=one.user.email,
            role=cast(RoleName, one.role),
            section=one.section.name if one.section else "",
            active=one.user.is_active,
            since=one.created_at,
            links=_links(request, one),
        )
        for one in rows
    ]


def _links(request: ApiRequest, one: Enrolment) -> Links:
    name, here = quote(one.external_user_id, safe=""), f"/courses/{one.course.slug}"
    if not name:
        return {"course": link(request, here)}
    grades = link(request, f"{here}/grades?external_user_id={name}")
    return {"self": link(request, f"{here}/enrolments/{name}"), "grades": grades, "course": link(request, here)}

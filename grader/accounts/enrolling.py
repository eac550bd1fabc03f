"""Students by the LMS's ids, brought one by one by a machine: who is meant, and what may be written of them.

Whoever brings them may be wrong about somebody or mean ill, so the rules are those of the roster (`roster/plan.py`). A known
person is recognised by e-mail. An e-mail is set where there is none and never replaced, since whoever reads its letters owns the
account; of an account that matters to others (it was used, or is in another course) nothing is written. Nobody is sent a letter,
and nobody gets a password.
"""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.passwords import links_forget
from grader.accounts.sections import NameTaken, section_add

Why = Literal["teaches", "deactivated", "several", "other_id", "other_person"]


class EnrolRefused(Exception):
    """Nothing was written: the person of this id can't be a student here."""

    def __init__(self, why: Why) -> None:
        self.why: Why = why
        super().__init__(why)


class EmailRefused(EnrolRefused):
    """Nothing was written: whom the e-mail means can't be told, or must not be told by an e-mail."""


def roster_lock(course: Course) -> None:
    """Until the transaction ends nobody else adds people to this course: what was looked at stays true."""
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)


@transaction.atomic
def student_enrol(
    *,
    course: Course,
    external_user_id: str,
    last_name: str = "",
    first_name: str = "",
    email: str = "",
    section: str | None = None,
) -> tuple[Enrolment, bool]:
    """The student's place in the course, and whether it was made now. What is left out stays as it is.

    `section` is a name, made where there is none of it; empty: in no section. Raises `EnrolRefused`.
    """
    roster_lock(course)
    last_name, first_name, email = last_name.strip(), first_name.strip(), email.strip().lower()
    if email:
        _lock_email(email)
    place = Enrolment.objects.filter(course=course, external_user_id=external_user_id).select_related("user", "section").first()
    if place is not None and place.role != Role.STUDENT:
        raise EnrolRefused("teaches")
    if place is not None and not place.user.is_active:
        raise EnrolRefused("deactivated")
    there = place.user if place is not None else _known(course, external_user_id, email)
    if there is None:
        user = _made(course, external_user_id, last_name, first_name, email)
    else:
        user = _described(there, course, last_name, first_name, email, joins=place is None)
    made = place is None
    place = place or _joined(course, user, external_user_id)
    place.user = user
    if section is not None:
        place.section = _section(course, section.strip()) if section.strip() else None
        place.save(update_fields=["section"])
    return place, made


def log_in_of(course: Course, external_user_id: str) -> str:
    """The log-in of an account that is made for this id: the same each time, and guessed by nobody who lacks our key.

    So a student who left and comes back finds their work, and nobody can have taken that log-in beforehand. Where the site's key
    was changed meanwhile, they are found by their e-mail alone.
    """
    said = f"{course.public_id} {external_user_id}"
    return "lms-" + salted_hmac("grader.accounts.enrolling", said, algorithm="sha256").hexdigest()[:32]


def _lock_email(email: str) -> None:
    """Two courses may bring one new person at once: the second must find the account that the first one makes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"email:{email}"])


def _known(course: Course, external_user_id: str, email: str) -> User | None:
    """The account that somebody who is new to this course's ids has already, by an earlier stay here or by e-mail."""
    by_email = _people_of(email)
    before = User.objects.filter(username=log_in_of(course, external_user_id)).first()
    if before is not None:
        # The LMS may have given the id to somebody else meanwhile: they must not be given the first one's work.
        differs = bool(email) and before.email.lower() != email
        if any(one != before for one in by_email) or (differs and (before.email or not before.unused)):
            raise EmailRefused("other_person")
        _look_at(before, course, EnrolRefused)
        return before
    if not by_email:
        return None
    if len(by_email) > 1:
        raise EmailRefused("several")
    _look_at(by_email[0], course, EmailRefused)
    return by_email[0]


def _people_of(email: str) -> list[User]:
    """Also those who can't log in: an account that was closed is not opened by making another of its e-mail."""
    return list(User.objects.annotate(folded=Lower("email")).filter(folded=email)[:10]) if email else []


def _look_at(user: User, course: Course, refused: type[EnrolRefused]) -> None:
    """Whether this account may take an id of the LMS as a student."""
    if not user.is_active:
        raise refused("deactivated")
    place = Enrolment.objects.filter(user=user, course=course).first()
    if user.is_staff or user.is_superuser or (place is not None and place.role != Role.STUDENT):
        raise refused("teaches")
    if place is not None and place.external_user_id:
        raise refused("other_id")


def _made(course: Course, external_user_id: str, last_name: str, first_name: str, email: str) -> User:
    return User.objects.create(
        username=log_in_of(course, external_user_id),
        password=make_password(None),
        last_name=last_name,
        first_name=first_name,
        email=email,
    )


def _described(known: User, course: Course, last_name: str, first_name: str, email: str, *, joins: bool) -> User:
    """The account with what may be written of it. Under its lock: nobody logs in or is enrolled elsewhere meanwhile."""
    user = User.objects.select_for_update().get(pk=known.pk)
    if not user.unused:
        return user
    elsewhere = Enrolment.objects.filter(user=user).exclude(course=course).exists()
    gets_email = bool(email) and not user.email and not elsewhere
    if not user.email and (joins or gets_email):
        links_forget([user])  # whoever was shown a link must not become the person of this id, or of this e-mail
    if elsewhere:
        return user
    if gets_email and _people_of(email):
        raise EmailRefused("other_person")
    user.last_name = last_name or user.last_name
    user.first_name = first_name or user.first_name
    user.email = user.email or email
    user.save(update_fields=["last_name", "first_name", "email"])
    return user


def _joined(course: Course, user: User, external_user_id: str) -> Enrolment:
    """Also of somebody who is in the course and had no id of the LMS so far."""
    place, _new = Enrolment.objects.select_related("section").get_or_create(user=user, course=course)
    place.external_user_id = external_user_id
    place.save(update_fields=["external_user_id"])
    return place


def _section(course: Course, name: str) -> Section:
    found = Section.objects.filter(course=course, name__iexact=name).order_by("pk")
    if there := found.first():
        return there
    try:
        return section_add(course=course, name=name)
    except NameTaken:  # in the same moment, by a page
        return found.get()

"""Sections of a course, and joining one by its link."""

from __future__ import annotations

from typing import Literal

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from assignments.models import Course
from grader.accounts import throttle
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.queries import people_by_email
from grader.events.services import event_add
from grader.ids import public_id

Joined = Literal["joined", "moved_in", "member", "elsewhere", "teaches"]


class SectionRefused(Exception):
    """A section can't be written so."""


class NameTaken(SectionRefused):
    """Another section of the course has this name."""


class NotEmpty(SectionRefused):
    """Somebody is in it, or an assistant is limited to it."""


def section_add(*, course: Course, name: str) -> Section:
    """A new section, which nobody can join until its link is opened."""
    return _named(Section(course=course, name=name))


def section_rename(section: Section, *, name: str) -> Section:
    section.name = name
    return _named(section)


def _named(section: Section) -> Section:
    taken = Section.objects.filter(course=section.course, name__iexact=section.name).exclude(pk=section.pk)
    if taken.exists():
        raise NameTaken(section.name)
    try:
        with transaction.atomic():
            section.save()
    except IntegrityError as problem:  # in the same moment
        raise NameTaken(section.name) from problem
    return section


def section_open(section: Section) -> None:
    """A link by which students join. A link that there was before works no more."""
    section.join_code = public_id("join").replace("_", "")[:20]  # 80 random bits
    section.save(update_fields=["join_code"])


def section_close(section: Section) -> None:
    section.join_code = ""
    section.save(update_fields=["join_code"])


@transaction.atomic
def section_remove(section: Section) -> None:
    """Only an empty one: removing one with people in it would let limited assistants see everybody, or nobody."""
    locked = Section.objects.select_for_update().get(pk=section.pk)
    if locked.members.exists() or locked.assistants.exists():
        raise NotEmpty(locked.name)
    locked.delete()


def section_by_code(code: str) -> Section | None:
    """The section that a link leads into; None where the link is mistyped or was closed."""
    return Section.objects.select_related("course").filter(join_code=code).first() if code else None


@transaction.atomic
def section_join(*, user: User, section: Section) -> Joined:
    """Make somebody a student of the section, as far as a link may: it moves nobody between sections and changes no role."""
    enrolment, made = Enrolment.objects.select_related("section").get_or_create(
        user=user, course=section.course, defaults={"role": Role.STUDENT, "section": section}
    )
    if made:
        return "joined"
    if enrolment.role != Role.STUDENT:
        return "teaches"
    if enrolment.section is None:
        enrolment.section = section
        enrolment.save(update_fields=["section"])
        return "moved_in"
    return "member" if enrolment.section_id == section.pk else "elsewhere"


@transaction.atomic
def join_ask(*, section: Section, email: str, last_name: str, first_name: str, address: str) -> None:
    """Somebody without an account follows a link. They prove the e-mail by setting a password through a letter, then join.

    Whoever asks sees the same whether the e-mail is known or not: the letter says the rest. An e-mail is never taken on trust,
    since a class that is imported later is recognised by it.
    """
    email = email.strip().lower()
    if throttle.try_begin(throttle.mail_limits(email, address)) is not None:
        return
    known = people_by_email(email)
    if not known and not User.objects.filter(username=email).exists():
        made = User(username=email, email=email, last_name=last_name, first_name=first_name, password=make_password(None))
        made.save()
        known = [made]
    for user in known:
        data = {"user_id": user.public_id, "section_id": section.public_id}
        event_add(event_type="join.asked", course_slug=section.course.slug, data=data)

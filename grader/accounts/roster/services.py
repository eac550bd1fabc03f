"""Adding the people of a table to a course: all of them in one transaction, or none."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from assignments.models import Course
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.passwords import links_forget, people_invite
from grader.accounts.roster.plan import Plan, Step, plan_of
from grader.accounts.roster.table import Line


class RosterRefused(Exception):
    """Some row can't be done, so nothing was. `plan` says which and why."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        super().__init__(f"{len(plan.wrong)} rows can't be done")


def roster_add(
    *, course: Course, lines: Sequence[Line], role: Role, section: str = "", columns: Sequence[str] = (), invite: bool = True
) -> Plan:
    """Do what the plan of these lines says, as of now. Raises `RosterRefused` where a row has a problem: then nothing is done.

    Nobody gets a password (hashing 500 of them would take a minute): people set their own by a link.
    """
    try:
        with transaction.atomic():
            # One table at a time in a course, so that what was planned is still true when it is written.
            Course.objects.select_for_update(no_key=True).get(pk=course.pk)
            plan = plan_of(course, lines, role=role, section=section, columns=columns)
            if not plan.ready:
                raise RosterRefused(plan)
            _write(course, plan, role, invite=invite)
    except IntegrityError:  # somebody took a log-in in this moment, in another course: the plan knows it now
        again = plan_of(course, lines, role=role, section=section, columns=columns)
        raise RosterRefused(again) from None
    return plan


def _write(course: Course, plan: Plan, role: Role, *, invite: bool) -> None:
    sections = _sections(course, plan)
    _adopt([step for step in plan.steps if step.adopt])
    new = User.objects.bulk_create([_account(step) for step in plan.steps if step.what == "new"])
    by_username = {user.username: user for user in new}
    changed, joining, joined = [], [], []
    for step in plan.steps:
        section = sections.get(step.person.section.casefold()) if role == Role.STUDENT else None
        if step.enrolment is not None:
            step.enrolment.section = section or step.enrolment.section
            step.enrolment.external_user_id = step.person.external_id or step.enrolment.external_user_id
            changed.append(step.enrolment)
            continue
        user = step.user or by_username[step.person.username]
        joined.append(user)
        joining.append(Enrolment(user=user, course=course, role=role, section=section, external_user_id=step.person.external_id))
    Enrolment.objects.bulk_update(changed, ["section", "external_user_id"])
    Enrolment.objects.bulk_create(joining)
    known = [step.user for step in plan.steps if step.user is not None and step.what == "join"]
    links_forget(User.objects.filter(pk__in=[user.pk for user in known], email=""))
    if invite:
        people_invite(people=joined, course_slug=course.slug)


def _sections(course: Course, plan: Plan) -> dict[str, Section]:
    Section.objects.bulk_create([Section(course=course, name=name) for name in plan.new_sections])
    return {section.name.casefold(): section for section in Section.objects.filter(course=course)}


def _account(step: Step) -> User:
    person = step.person
    return User(
        username=person.username,
        email=person.email,
        last_name=person.last_name,
        first_name=person.first_name,
        password=make_password(None),
    )


def _adopt(steps: Sequence[Step]) -> None:
    """Names and e-mails of accounts that nobody has used: of one that somebody began to use meanwhile nothing is written."""
    people = {step.user.pk: step.person for step in steps if step.user is not None}
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk")
    adopted = [row for row in rows if row.unused]
    for row in adopted:
        person = people[row.pk]
        if person.name:
            row.last_name, row.first_name = person.last_name, person.first_name
        row.email = row.email or person.email
    User.objects.bulk_update(adopted, ["last_name", "first_name", "email"])

"""A teacher can type anybody's e-mail. That must not make them the one who knows that person's password, now or later."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from grader.accounts.models import Enrolment, Role, User
from grader.accounts.passwords import password_path
from grader.accounts.roster.plan import Plan
from grader.accounts.roster.services import RosterRefused, roster_add
from grader.accounts.roster.table import lines_of
from grader.events.models import Event
from tests.factories import Cast

pytestmark = pytest.mark.usefixtures("in_english")
WORKS = "new_password1"


def add(cast: Cast, text: str, *, other: bool = False) -> Plan:
    """By the course's teacher, or by the other course's."""
    course = cast.other_course if other else cast.course
    return roster_add(course=course, lines=lines_of(text), role=Role.STUDENT)


def shown(cast: Cast, at: Any, username: str) -> str:
    """The page after the course's teacher has asked to see this person's link."""
    user = User.objects.get(username=username)
    path = reverse("people:link", args=[cast.course.slug, user.public_id])
    return str(at(cast.teacher).post(path, {"do": "show"}, follow=True).text)


def test_a_link_for_an_account_with_an_e_mail_is_shown_to_nobody_but_sent_there(cast: Cast, at: Any):
    add(cast, "name,email\nVictoria,victim@example.org")

    assert "/password/set/" not in shown(cast, at, "victim@example.org")
    victim = User.objects.get(username="victim@example.org")
    told = Event.objects.filter(type="person.invited").values_list("data", flat=True)
    assert {"user_id": victim.public_id} in list(told)


def test_a_link_for_an_account_without_an_e_mail_is_shown(cast: Cast, at: Any):
    add(cast, "name,log-in\nAnna,anna")

    assert "/password/set/" in shown(cast, at, "anna")


def test_an_e_mail_of_somebody_can_not_be_taken_as_a_log_in_alone(cast: Cast):
    for row in ("Victoria,victim@example.org,", "Victoria,victim@example.org,mallory@example.org"):
        with pytest.raises(RosterRefused) as refused:
            add(cast, f"name,log-in,e-mail\n{row}")
        assert "A log-in with @" in refused.value.plan.wrong[0].problems[0]

    add(cast, "name,log-in,e-mail\nVictoria,Victim@example.org,victim@example.org")  # their own


def test_a_link_that_was_shown_works_no_more_once_the_account_is_in_another_course(cast: Cast, at: Any):
    add(cast, "name,log-in\nAnna,anna")
    link = password_path(User.objects.get(username="anna"))
    assert WORKS in at(None).get(link, follow=True).text

    add(cast, "name,log-in\nAnna,anna", other=True)

    assert WORKS not in at(None).get(link, follow=True).text


def test_a_link_that_was_shown_works_no_more_once_the_account_has_an_e_mail(cast: Cast, at: Any):
    add(cast, "name,log-in\nAnna,anna")
    link = password_path(User.objects.get(username="anna"))

    add(cast, "name,log-in,e-mail\nAnna,anna,anna@example.org")

    assert WORKS not in at(None).get(link, follow=True).text


def test_a_line_with_an_e_mail_means_no_account_whose_password_somebody_set_without_it(cast: Cast):
    """The other course's teacher means the person of this e-mail; the account may belong to whoever was shown its link."""
    add(cast, "name,log-in\nAnna,anna")
    anna = User.objects.get(username="anna")
    anna.set_password("known to her teacher")
    anna.save()

    with pytest.raises(RosterRefused) as refused:
        add(cast, "name,log-in,e-mail\nAnna,anna,anna@example.org", other=True)

    assert "without this e-mail" in refused.value.plan.wrong[0].problems[0]
    assert not Enrolment.objects.filter(course=cast.other_course, user=anna).exists()


def test_a_table_of_ones_own_course_may_come_again_with_e_mails(cast: Cast):
    add(cast, "name,log-in\nAnna,anna")
    User.objects.filter(username="anna").update(password="unusable no more")

    add(cast, "name,log-in,e-mail\nAnna,anna,anna@example.org")

    assert User.objects.get(username="anna").email == ""

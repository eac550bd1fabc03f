"""Students brought by a machine: whom an id or an e-mail means, and that nobody comes by another's account."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from assignments.models import Course
from grader.accounts.enrolling import EmailRefused, EnrolRefused, log_in_of, student_enrol
from grader.accounts.members import member_remove
from grader.accounts.models import Enrolment, Role, Section, User
from grader.accounts.passwords import password_path
from grader.accounts.roster.services import roster_add
from grader.accounts.roster.table import lines_of
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.events.models import Event
from tests.factories import Cast

WORKS = "new_password1"


def enrol(course: Course, name: str = "1017", **said: Any) -> Enrolment:
    return student_enrol(course=course, external_user_id=name, **said)[0]


def refused(course: Course, name: str = "1017", **said: Any) -> str:
    with pytest.raises(EnrolRefused) as told:
        student_enrol(course=course, external_user_id=name, **said)
    return ("email: " if isinstance(told.value, EmailRefused) else "") + told.value.why


def leave(cast: Cast, place: Enrolment) -> None:
    member_remove(enrolment=place, by=cast.teacher)


def person(username: str, email: str = "", **fields: Any) -> User:
    made = person_ensure(username=username, password=None, email=email)
    User.objects.filter(pk=made.pk).update(**fields)
    return made


def by_table(course: Course, text: str) -> None:
    roster_add(course=course, lines=lines_of(text), role=Role.STUDENT)


def test_somebody_new_gets_an_account_without_a_password_and_no_letter(cast: Cast):
    place, made = student_enrol(
        course=cast.course,
        external_user_id="1017",
        last_name="Ivanova",
        first_name="Anna",
        email=" Anna@Example.org",
        section="A",
    )

    user = User.objects.get(enrolments=place)
    assert made and place.section == Section.objects.get(course=cast.course, name="A")
    assert (user.last_name, user.first_name, user.email, user.unused) == ("Ivanova", "Anna", "anna@example.org", True)
    assert not Event.objects.filter(type="person.invited").exists()


def test_the_same_again_changes_nothing_and_what_is_left_out_stays(cast: Cast):
    first = enrol(cast.course, last_name="Ivanova", first_name="Anna", email="a@example.org", section="A")

    again, made = student_enrol(course=cast.course, external_user_id="1017")

    assert (made, again.pk, again.section) == (False, first.pk, first.section)
    user = User.objects.get(pk=again.user_id)
    assert (user.last_name, user.email) == ("Ivanova", "a@example.org")


def test_a_section_is_found_in_whatever_case_changed_and_left(cast: Cast):
    enrol(cast.course, section="Group A")

    enrol(cast.course, "2", section=" group a ")
    assert Section.objects.filter(course=cast.course).count() == 1
    assert enrol(cast.course, section="B").section == Section.objects.get(name="B")
    assert enrol(cast.course, section="").section is None


def test_a_student_who_left_and_comes_back_finds_their_account(cast: Cast):
    place = enrol(cast.course)
    leave(cast, place)

    assert enrol(cast.course).user == place.user


def test_the_log_in_is_told_by_no_public_value_and_differs_by_course_and_id(cast: Cast, settings: Any):
    log_in = log_in_of(cast.course, "1017")

    plain = [hashlib.sha256(f"{cast.course.public_id}{gap}1017".encode()).hexdigest() for gap in ("", " ", ":", "/")]
    assert not any(log_in.removeprefix("lms-") in digest for digest in plain)
    assert len({log_in, log_in_of(cast.other_course, "1017"), log_in_of(cast.course, "1018")}) == 3
    settings.SECRET_KEY = "another site's"
    assert log_in_of(cast.course, "1017") != log_in


def test_an_e_mail_that_one_account_has_means_that_person_who_keeps_their_name(cast: Cast):
    known = person("anna", "Anna@Example.org", last_name="Ivanova", password="is used")

    place = enrol(cast.course, last_name="Mallory", email="anna@example.ORG")

    assert place.user == known
    assert User.objects.get(pk=known.pk).last_name == "Ivanova"


def test_somebody_in_the_course_without_an_id_is_given_theirs(cast: Cast):
    by_table(cast.course, "name,email\nIvanova Anna,anna@example.org")

    place = enrol(cast.course, email="anna@example.org")

    assert place.user.username == "anna@example.org"
    assert Enrolment.objects.filter(course=cast.course, user=place.user).count() == 1


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"is_active": False}, "email: deactivated"),
        ({"is_staff": True}, "email: teaches"),
        ({"is_superuser": True}, "email: teaches"),
    ],
)
def test_an_account_that_a_machine_has_no_say_in_does_not_join(cast: Cast, fields: dict[str, bool], why: str):
    person("anna", "anna@example.org", **fields)

    assert refused(cast.course, email="anna@example.org") == why


def test_an_e_mail_of_several_accounts_means_nobody(cast: Cast):
    person("anna", "family@example.org")
    person("boris", "Family@example.org", is_active=False)

    assert refused(cast.course, email="family@example.org") == "email: several"


def test_who_teaches_the_course_is_made_no_student_of_it(cast: Cast):
    User.objects.filter(pk=cast.teacher.pk).update(email="teacher@example.org")

    assert refused(cast.course, email="teacher@example.org") == "email: teaches"
    assert refused(cast.course, "lms-teacher") == "teaches"
    assert refused(cast.course, "lms-assistant") == "teaches"
    assert Enrolment.objects.get(user=cast.teacher, course=cast.course).role == Role.TEACHER


def test_who_teaches_elsewhere_may_study_here(cast: Cast):
    User.objects.filter(pk=cast.other_teacher.pk).update(email="other@example.org")

    assert enrol(cast.course, email="other@example.org").role == Role.STUDENT


def test_one_person_has_one_id_in_a_course(cast: Cast):
    enrol(cast.course, email="anna@example.org")

    assert refused(cast.course, "2000", email="anna@example.org") == "email: other_id"


def test_an_id_that_the_page_has_changed_does_not_make_a_second_student_of_the_first(cast: Cast):
    place = enrol(cast.course)
    Enrolment.objects.filter(pk=place.pk).update(external_user_id="2000")

    assert refused(cast.course) == "other_id"


def test_an_account_that_was_closed_is_not_opened_by_its_id(cast: Cast):
    place = enrol(cast.course)
    leave(cast, place)
    User.objects.filter(pk=place.user_id).update(is_active=False)

    assert refused(cast.course) == "deactivated"


def test_of_a_student_whose_account_was_closed_nothing_is_written(cast: Cast):
    place = enrol(cast.course)
    User.objects.filter(pk=place.user_id).update(is_active=False)

    assert refused(cast.course, last_name="Ivanova", section="A") == "deactivated"
    assert User.objects.get(pk=place.user_id).last_name == ""


def test_an_id_that_the_lms_gave_to_somebody_else_does_not_open_the_first_ones_work(cast: Cast):
    place = enrol(cast.course, email="first@example.org")
    leave(cast, place)
    person("second", "second@example.org")

    assert refused(cast.course, email="second@example.org") == "email: other_person"
    assert refused(cast.course, email="third@example.org") == "email: other_person"


def test_an_account_that_was_used_without_an_e_mail_is_not_opened_by_sending_one(cast: Cast):
    """Whose it is can't be told: the first one may have come in by a link that their teacher handed over."""
    place = enrol(cast.course)
    leave(cast, place)
    person(place.user.username, password="is used")

    assert refused(cast.course, email="second@example.org") == "email: other_person"
    assert enrol(cast.course).user == place.user


def test_after_a_change_of_the_sites_key_who_has_an_e_mail_is_found(cast: Cast, settings: Any):
    place = enrol(cast.course, email="anna@example.org")
    leave(cast, place)
    settings.SECRET_KEY = "a new one"

    assert enrol(cast.course, email="anna@example.org").user == place.user


# ------------------------------------------------------------------ nobody comes by another's account


def test_an_e_mail_is_never_replaced(cast: Cast):
    enrol(cast.course, email="anna@example.org")

    place = enrol(cast.course, email="mallory@example.org")

    assert User.objects.get(pk=place.user_id).email == "anna@example.org"


def test_names_and_e_mail_are_written_of_an_account_that_nobody_has_used(cast: Cast):
    enrol(cast.course, last_name="Ivonova")

    place = enrol(cast.course, last_name="Ivanova", first_name="Anna", email="anna@example.org")

    user = User.objects.get(pk=place.user_id)
    assert (user.last_name, user.first_name, user.email) == ("Ivanova", "Anna", "anna@example.org")


@pytest.mark.parametrize("used", ["by its person", "in another course"])
def test_of_an_account_that_matters_to_others_nothing_is_written(cast: Cast, used: str):
    place = enrol(cast.course, last_name="Ivanova")
    if used == "in another course":
        enrolment_ensure(user=place.user, course=cast.other_course)
    else:
        person(place.user.username, password="is used")

    enrol(cast.course, last_name="Mallory", email="mallory@example.org")

    user = User.objects.get(pk=place.user_id)
    assert (user.last_name, user.email) == ("Ivanova", "")


def test_an_account_gets_no_e_mail_that_another_one_has(cast: Cast):
    """Else its person could no longer log in by it: an e-mail of two accounts means neither."""
    enrol(cast.course)
    person("anna", "anna@example.org")

    assert refused(cast.course, email="anna@example.org") == "email: other_person"


def test_a_link_that_was_shown_works_no_more_once_an_e_mail_is_set(cast: Cast, at: Callable[..., Any]):
    link = password_path(enrol(cast.course).user)
    assert WORKS in at(None).get(link, follow=True).text

    enrol(cast.course, email="victim@example.org")

    assert WORKS not in at(None).get(link, follow=True).text


def test_a_link_that_was_shown_works_no_more_once_its_account_comes_back(cast: Cast, at: Callable[..., Any]):
    """Who was the teacher before must not become a student of the next year."""
    place = enrol(cast.course)
    link = password_path(place.user)
    leave(cast, place)
    assert WORKS in at(None).get(link, follow=True).text

    enrol(cast.course)

    assert WORKS not in at(None).get(link, follow=True).text


def test_repeating_what_is_known_leaves_a_link_alone(cast: Cast, at: Callable[..., Any]):
    link = password_path(enrol(cast.course, last_name="Ivanova").user)

    enrol(cast.course, last_name="Ivanova")

    assert WORKS in at(None).get(link, follow=True).text

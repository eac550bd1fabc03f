"""Enrolments through the API: whatever the LMS's ids look like, as often as it likes, and of students alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from django.db import connection

from grader.accounts.models import Enrolment, Section, User
from grader.accounts.services import enrolment_ensure, person_ensure
from grader.api.models import CourseRules
from grader.api.tokens import token_create
from grader.events.models import Event
from grader.gradebook.models import Grade
from tests.api.callers import BASE, Caller
from tests.factories import a_cast, graded
from tests.plugins.running_site import RunningSite

HERE = "/courses/small/enrolments"
ANNA = {"last_name": "Ivanova", "first_name": "Anna", "email": "anna@example.org", "section": "A"}


def at(name: str) -> str:
    return f"{HERE}/{quote(name, safe='')}"


def put(caller: Caller, name: str = "1017", /, **said: Any) -> Any:
    return caller("PUT", at(name), said)


def problem(answer: Any) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["errors"][0]["pointer"], told["errors"][0]["code"]


def test_the_first_time_201_and_then_200_with_the_same_answer(api):
    first, second = put(api, **ANNA), put(api, **ANNA)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first["Location"] == f"http://testserver{BASE}{HERE}/1017"
    assert first.json() == second.json() == api.get(at("1017")).json()
    told = first.json()
    assert {name: told[name] for name in ("last_name", "first_name", "email", "section", "role", "active")} == {
        **ANNA,
        "role": "student",
        "active": True,
    }
    assert told["person"] == User.objects.get(email="anna@example.org").public_id


def test_who_was_enrolled_may_be_handed_in_for_and_has_grades_at_the_link(api):
    links = put(api).json()["links"]

    sent = api.submit("/assignments/small/quiz/submissions", answers={"1.1": "a"}, external_user_id="1017", key="k")

    assert sent.status_code == 201
    grades = api.get(links["grades"].removeprefix("http://testserver")).json()["data"]
    assert [(one["external_user_id"], one["score"]) for one in grades] == [("1017", "1.00")]


@pytest.mark.parametrize(
    "name",
    [
        "1017",
        "anna@example.org",
        "Иванова Анна",
        "https://lms.example.org/users/17?x=1#y",
        "urn:uuid:0e2a",
        "a/b",
        "/a//b/",
        "100%",
        "%2F",
        "a;b,c=d&e+f",
        "{0}",
        '"quoted\\"',
        " spaced ",
        "..a",
        "я" * 255,
        "🦉",
    ],
)
def test_an_id_may_be_whatever_an_lms_sends(api, name):
    made = put(api, name, last_name="Ivanova")

    assert (made.status_code, made.json()["external_user_id"]) == (201, name)
    assert api.get(made["Location"].removeprefix("http://testserver")).json() == made.json()
    assert Enrolment.objects.get(external_user_id=name).user.last_name == "Ivanova"
    assert api("DELETE", at(name)).status_code == 204


@pytest.mark.parametrize("name", ["\x00", "a\x00b", "a\nb", "\n", "\x1b[1m", "\x7f", "x" * 256])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_id_that_nobody_can_read_is_a_422(api, name, method):
    answer = api(method, at(name), {} if method == "PUT" else None)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation.failed")
    assert answer.json()["errors"][0]["pointer"] == "?external_user_id"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("email", "nonsense", "email.malformed"),
        ("email", "a@example.org\u202e", "email.malformed"),  # what turns a page's text round is no letter of a name
        ("email", f"a@{'.'.join(['İ' * 60] * 3)}.com", "email.malformed"),  # in small letters it is longer than we keep
        ("email", "a@b\n.org", "field.string_pattern_mismatch"),
        ("email", f"{'x' * 250}@example.org", "field.string_too_long"),
        ("last_name", "x" * 151, "field.string_too_long"),
        ("first_name", "a\x00", "field.string_pattern_mismatch"),
        ("section", "x" * 121, "field.string_too_long"),
        ("section", 7, "field.string_type"),
        ("role", "teacher", "field.literal_error"),
    ],
)
def test_a_field_that_can_not_be_taken_is_named_and_nothing_is_written(api, field, value, code):
    assert problem(put(api, **{field: value})) == (422, f"/{field}", code)
    assert not Enrolment.objects.filter(external_user_id="1017").exists()


def test_what_is_left_out_stays_and_an_empty_section_is_none(api):
    put(api, **ANNA)

    assert put(api, last_name="Petrova").json()["section"] == "A"
    told = put(api, section="", last_name=" ").json()
    assert (told["last_name"], told["first_name"]) == ("Petrova", ANNA["first_name"])
    assert (told["email"], told["section"]) == ("anna@example.org", "")


def test_the_answer_shows_what_was_kept(api):
    put(api, **ANNA)
    User.objects.filter(email="anna@example.org").update(password="is used")

    told = put(api, last_name="Mallory", email="mallory@example.org")

    assert (told.status_code, told.json()["last_name"], told.json()["email"]) == (200, "Ivanova", "anna@example.org")


@pytest.mark.parametrize("name", ["lms-teacher", "lms-assistant"])
def test_who_teaches_is_neither_changed_nor_taken_out(api, name):
    before = Enrolment.objects.get(external_user_id=name)

    for answer in (put(api, name, section="A"), api("DELETE", at(name))):
        assert problem(answer) == (409, "?external_user_id", "enrolment.teaches")
    after = Enrolment.objects.get(external_user_id=name)
    assert (after.pk, after.role, after.section) == (before.pk, before.role, None)
    assert not Section.objects.exists()


def test_an_e_mail_that_means_several_or_somebody_else_is_named(api):
    for username in ("anna", "boris"):
        person_ensure(username=username, password=None, email="family@example.org")
    put(api, "1", email="one@example.org")

    assert problem(put(api, "2", email="family@example.org")) == (409, "/email", "enrolment.several")
    assert problem(put(api, "2", email="one@example.org")) == (409, "/email", "enrolment.other_id")
    assert not Enrolment.objects.filter(external_user_id="2").exists()


def test_a_refusal_is_told_in_the_callers_language(api):
    told = api("DELETE", at("lms-teacher"), Accept_Language="ru").json()

    assert "преподаёт" in told["errors"][0]["detail"]


def test_who_left_the_course_opens_it_no_more_and_keeps_their_grade(api, cast):
    graded(cast, 2.0)

    assert api("DELETE", at("lms-student")).status_code == 204

    assert not Enrolment.objects.filter(user=cast.student, course=cast.course).exists()
    assert Grade.objects.get(student=cast.student).score == 2
    assert api.get(at("lms-student")).status_code == api("DELETE", at("lms-student")).status_code == 404
    assert Event.objects.filter(type="audit.enrolment.removed").count() == 1


def test_who_comes_back_has_what_they_had(api):
    was = put(api).json()["person"]
    api.submit("/assignments/small/quiz/submissions", answers={"1.1": "a"}, external_user_id="1017", key="k")
    api("DELETE", at("1017"))

    assert put(api).json()["person"] == was
    grades = api.get("/courses/small/grades?external_user_id=1017").json()["data"]
    assert [one["score"] for one in grades] == ["1.00"]


def test_if_match_may_be_left_out_and_holds_where_it_is_sent(api):
    seen = put(api, **ANNA)["ETag"]
    assert seen == api.get(at("1017"))["ETag"]
    put(api, last_name="Petrova")

    late = api("PUT", at("1017"), {"last_name": "Sidorova"}, If_Match=seen)
    late_too = api("DELETE", at("1017"), None, If_Match=seen)
    nobody = api("PUT", at("2000"), {}, If_Match="*")
    right = api("PUT", at("1017"), {"last_name": "Sidorova"}, If_Match=api.get(at("1017"))["ETag"])

    assert [answer.status_code for answer in (late, late_too, nobody, right)] == [412, 412, 412, 200]
    assert not Enrolment.objects.filter(external_user_id="2000").exists()


def test_each_change_is_noted_with_person_and_token_and_what_changes_nothing_is_not(api, cast):
    put(api, **ANNA)
    put(api, **ANNA)
    put(api, section="B")

    rows = Event.objects.filter(type__startswith="audit.enrolment").order_by("id")
    assert [one.type for one in rows] == ["audit.enrolment.made", "audit.enrolment.changed"]
    assert rows[0].data["by"]["person"] == cast.teacher.public_id
    assert rows[0].data["by"]["token"] == api.row.public_id


def test_the_list_is_read_in_pages_and_by_role_and_section(api):
    for number in range(5):
        put(api, f"n-{number}", section="A" if number % 2 else "")

    page = api.get(f"{HERE}?role=student&limit=3").json()
    rest = api.get(f"{HERE}?role=student&cursor={page['next_cursor']}").json()

    names = [one["external_user_id"] for one in page["data"] + rest["data"]]
    assert names == ["lms-student", "lms-classmate", *(f"n-{number}" for number in range(5))]
    in_a = api.get(f"{HERE}?section=a").json()["data"]
    assert [one["external_user_id"] for one in in_a] == ["n-1", "n-3"]
    assert {one["role"] for one in api.get(f"{HERE}?section=").json()["data"]} == {"student", "assistant", "teacher"}
    assert [one["external_user_id"] for one in api.get(f"{HERE}?role=teacher").json()["data"]] == ["lms-teacher"]


def test_a_list_costs_the_same_however_long_it_is(api, django_assert_max_num_queries):
    for number in range(20):
        put(api, f"n-{number}", section=f"S{number}")

    with django_assert_max_num_queries(12):
        assert len(api.get(HERE).json()["data"]) == 24


def test_another_courses_people_are_not_listed(api, cast):
    enrolment_ensure(user=person_ensure(username="far", password=None), course=cast.other_course, external_user_id="far")

    assert "far" not in api.get(HERE).content.decode()
    assert api.get(at("far")).status_code == 404


def test_handing_in_for_somebody_new_enrols_the_person_that_a_put_finds(api, cast):
    CourseRules.objects.create(course=cast.course, provisions_students=True)
    api.submit("/assignments/small/quiz/submissions", answers={"1.1": "a"}, external_user_id="1017", key="k")

    told = put(api, **ANNA)

    assert (told.status_code, told.json()["last_name"]) == (200, "Ivanova")
    assert Event.objects.filter(type="audit.enrolment.made").count() == 1


def test_handing_in_opens_no_account_that_was_closed(api, cast):
    CourseRules.objects.create(course=cast.course, provisions_students=True)
    put(api)
    api("DELETE", at("1017"))
    User.objects.filter(username__startswith="lms-").update(is_active=False)

    told = api.submit("/assignments/small/quiz/submissions", answers={"1.1": "a"}, external_user_id="1017", key="k")

    assert (told.status_code, told.json()["code"]) == (422, "student.unknown")


@pytest.mark.slow
def test_ids_come_whole_through_the_real_server(running_site: RunningSite, site_token: str):
    headers = {"Authorization": f"Bearer {site_token}"}
    with httpx.Client(base_url=f"{running_site.url}/api/v1/courses/dl2/enrolments", headers=headers) as client:
        for name in ("a/b", "/a//b/", "%2F", "a?b#c", "a b+c", "Иванова", "x@y.org;z"):
            made = client.put("/" + quote(name, safe=""), json={})
            assert (made.status_code, made.json()["external_user_id"]) == (201, name)
            assert client.get(made.headers["Location"]).json() == made.json()
            assert client.delete(made.headers["Location"]).status_code == 204
        assert [client.put(f"/{name}", json={}).status_code for name in ("%00", "a%0Ab", "x" * 256)] == [422] * 3
        assert client.put("/%FF%C3", json={}).status_code < 500


@pytest.mark.django_db(transaction=True)
def test_of_puts_at_once_one_makes_and_all_answer_the_same():
    cast = a_cast()
    _row, text = token_create(name="LMS", scopes=["rosters:write"], courses=[cast.course], by=cast.teacher)

    def send(_number: int) -> tuple[int, str]:
        try:
            answer = put(Caller(text), **ANNA)
            return answer.status_code, answer.json()["person"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(send, range(8)))

    assert sorted(status for status, _person in done) == [200] * 7 + [201]
    assert len({person for _status, person in done}) == 1

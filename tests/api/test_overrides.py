"""Overrides through the API: by whom, over what, and that nobody's word is lost to a faster one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from grader.accounts.models import Enrolment, Role, Section
from grader.accounts.services import enrolment_ensure
from grader.api.tokens import token_create, token_revoke
from grader.events.models import Event
from grader.gradebook.models import Grade, GradeChange, Override
from tests.api.callers import Caller
from tests.factories import Cast, a_cast, graded

WORD = {"score": "2.50", "reason": "The plot is right"}
NEW = "/assignments/small/lab/overrides"


def the_grade(cast: Cast) -> str:
    return f"/grades/{Grade.objects.get(student=cast.student).public_id}"


def override(caller: Caller, here: str, body: dict[str, Any] | None = None, *, etag: str = "") -> Any:
    """By the ETag that is given, else by that of the grade as it is now."""
    return caller("PUT", f"{here}/override", body or WORD, If_Match=etag or caller.get(here)["ETag"])


def withdraw(caller: Caller, here: str, reason: str = "A+mistake", *, etag: str = "") -> Any:
    return caller("DELETE", f"{here}/override?reason={reason}", If_Match=etag or caller.get(here)["ETag"])


def new(caller: Caller, name: str = "lms-classmate", *, key: str = "k-1", **fields: Any) -> Any:
    return caller.post(NEW, WORD | {"external_user_id": name} | fields, Idempotency_Key=key)


def test_an_override_is_the_grade_leaves_history_and_event_and_says_who_by_which_token(api, cast):
    graded(cast, 1.0)
    here = the_grade(cast)

    told = override(api, here)

    assert (told.status_code, told.json()["score"], told.json()["overridden"]) == (200, "2.50", True)
    change = GradeChange.objects.latest("id")
    assert (change.reason, change.comment, change.changed_by) == ("override", "The plot is right", cast.teacher)
    event = Event.objects.filter(type="grade.changed").latest("id").data
    assert (event["reason"], event["score"], event["grade_version"]) == ("override", "2.50", 2)
    audit = Event.objects.get(type="audit.override.set").data
    assert (audit["by"]["person"], audit["by"]["token"]) == (cast.teacher.public_id, api.row.public_id)
    words = api.get(f"{here}/overrides").json()["data"]
    assert [(one["score"], one["reason"], one["made_by"], one["token"]) for one in words] == [
        ("2.50", "The plot is right", cast.teacher.public_id, api.row.public_id)
    ]


def test_the_answer_is_the_grade_as_a_get_shows_it_with_the_etag_for_the_next_change(api, cast):
    graded(cast, 1.0)
    here = the_grade(cast)

    told = override(api, here)
    got = api.get(here)

    assert (got.json(), got["ETag"]) == (told.json(), told["ETag"])
    assert override(api, here, WORD | {"score": "3"}, etag=told["ETag"]).json()["score"] == "3.00"


def test_without_the_grades_etag_428_and_with_an_old_one_412_and_nothing_is_written(api, cast):
    graded(cast, 1.0)
    here = the_grade(cast)
    seen = api.get(here)["ETag"]
    override(api, here)

    for method, path, body in (("PUT", f"{here}/override", WORD), ("DELETE", f"{here}/override?reason=x", None)):
        blind, late = api(method, path, body), api(method, path, body, If_Match=seen)

        assert (blind.status_code, blind.json()["code"]) == (428, "precondition.required")
        assert (late.status_code, late["ETag"]) == (412, api.get(here)["ETag"])
    assert (Override.objects.count(), GradeChange.objects.count()) == (1, 2)


def test_a_withdrawn_override_leaves_what_was_measured_and_both_words_are_kept(api, cast):
    graded(cast, 1.0)
    here = the_grade(cast)
    override(api, here)

    told = withdraw(api, here).json()

    assert (told["score"], told["overridden"], told["grade_version"]) == ("1.00", False, 3)
    words = api.get(f"{here}/overrides").json()["data"]
    assert [(one["score"], one["reason"]) for one in words] == [(None, "A mistake"), ("2.50", "The plot is right")]
    assert Event.objects.filter(type="audit.override.withdrawn").count() == 1


def test_taking_back_what_nobody_said_changes_nothing(api, cast):
    graded(cast, 1.0)

    told = withdraw(api, the_grade(cast))

    assert (told.status_code, told.json()["grade_version"]) == (200, 1)
    assert not Event.objects.filter(type__startswith="audit.override").exists()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("score", "3.01", "points.out_of_range"),
        ("score", "999999", "points.out_of_range"),
        ("score", "-1", "field.string_pattern_mismatch"),
        ("score", "NaN", "field.string_pattern_mismatch"),
        ("score", "1e2", "field.string_pattern_mismatch"),
        ("score", "٢", "field.string_pattern_mismatch"),
        ("score", "1" * 5000, "field.string_pattern_mismatch"),
        ("score", 2.5, "field.string_type"),
        ("score", None, "field.string_type"),
        ("reason", "", "field.string_too_short"),
        ("reason", " \n ", "field.string_pattern_mismatch"),
        ("reason", "\x1c", "words.missing"),
        ("reason", "a\x00b", "field.string_pattern_mismatch"),
        ("reason", "\ud800", "field.string_unicode"),
        ("reason", "x" * 2001, "field.string_too_long"),
    ],
)
def test_what_is_no_score_or_no_reason_is_named_and_not_taken(api, cast, field, value, code):
    graded(cast, 1.0)

    for told in (override(api, the_grade(cast), WORD | {field: value}), new(api, **{field: value})):
        assert told.status_code == 422, told.content
        assert [(one["pointer"], one["code"]) for one in told.json()["errors"]] == [(f"/{field}", code)]
    assert Override.objects.count() == 0 and Grade.objects.get().version == 1


@pytest.mark.parametrize("reason", ["", "%00", "%20", "x" * 501])
def test_an_override_is_not_taken_back_without_a_reason(api, cast, reason):
    graded(cast, 1.0)
    override(api, the_grade(cast))

    told = withdraw(api, the_grade(cast), reason)

    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, "?reason")
    assert Grade.objects.get().overridden


def test_a_student_without_a_grade_is_given_one_by_the_lmss_id(api, cast):
    told = new(api)

    assert (told.status_code, told.json()["score"], told.json()["status"]) == (201, "2.50", "graded")
    assert api.get(told["Location"].removeprefix("http://testserver")).json() == told.json()
    assert Grade.objects.get().student == cast.classmate
    posted = Event.objects.filter(type__in=["grade.posted", "grade.changed"]).values_list("type", "data__external_user_id")
    assert list(posted) == [("grade.posted", "lms-classmate"), ("grade.changed", "lms-classmate")]


def test_the_same_request_again_is_done_once(api):
    first, again = new(api), new(api)

    assert (again.status_code, again.content, again["Idempotency-Replayed"]) == (201, first.content, "true")
    assert Override.objects.count() == 1


def test_a_score_that_the_caller_has_not_seen_is_named_and_not_overwritten(api, cast):
    graded(cast, 1.0)

    told = new(api, "lms-student")

    assert (told.status_code, told.json()["code"]) == (409, "grade.exists")
    assert told.json()["grade"].endswith(the_grade(cast))
    assert Grade.objects.get().score == 1


@pytest.mark.parametrize("name", ["lms-teacher", "lms-assistant", "nobody", "lms-gone"])
def test_only_a_student_of_the_course_is_given_a_score(api, cast, name):
    cast.classmate.is_active = False
    cast.classmate.save()
    Enrolment.objects.filter(user=cast.classmate).update(external_user_id="lms-gone")

    told = new(api, name)

    assert (told.status_code, told.json()["code"], told.json()["errors"][0]["detail"]) == (422, "student.unknown", name)
    assert Grade.objects.count() == 0


def test_ones_own_grade_is_not_ones_to_set(cast):
    """As when a student has become a teacher of the course, or the admin takes part in it."""
    graded(cast, 1.0)
    Enrolment.objects.filter(user=cast.student).update(role=Role.TEACHER)
    enrolment_ensure(user=cast.admin, course=cast.course, external_user_id="lms-admin")
    makers = (cast.student, cast.admin)
    own, admins = (
        Caller(token_create(name="own", scopes=["grades:read", "grades:write"], courses=[cast.course], by=by)[1]) for by in makers
    )

    answers = [override(own, the_grade(cast)), withdraw(own, the_grade(cast)), new(admins, "lms-admin")]

    assert {answer.status_code for answer in answers} == {404}
    assert override(admins, the_grade(cast)).status_code == 200


def test_who_may_read_grades_may_not_change_them(token, cast):
    graded(cast, 1.0)
    reader = token("grades:read", "submissions:write", "rosters:write")

    answers = [override(reader, the_grade(cast)), withdraw(reader, the_grade(cast)), new(reader)]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "scope.missing")}


def _fallen(cast: Cast, caller: Caller) -> tuple[int, str]:
    Enrolment.objects.filter(user=cast.teacher).update(role=Role.STUDENT)
    return 404, "not_found"


def _limited(cast: Cast, caller: Caller) -> tuple[int, str]:
    """An assistant of a section in which this student is not."""
    place = Enrolment.objects.get(user=cast.teacher)
    place.role = Role.ASSISTANT
    place.save()
    place.limited_to.add(Section.objects.create(course=cast.course, name="others"))
    return 404, "not_found"


def _gone(cast: Cast, caller: Caller) -> tuple[int, str]:
    cast.teacher.is_active = False
    cast.teacher.save()
    return 401, "token.revoked"


def _revoked(cast: Cast, caller: Caller) -> tuple[int, str]:
    assert caller.row is not None
    token_revoke(caller.row, by=cast.teacher)
    return 401, "token.revoked"


@pytest.mark.parametrize("end", [_fallen, _limited, _gone, _revoked])
def test_a_token_whose_maker_decides_here_no_more_decides_nothing(api, cast, end: Callable[..., tuple[int, str]]):
    graded(cast, 1.0)
    here = the_grade(cast)
    seen = api.get(here)["ETag"]
    wanted = end(cast, api)

    answers = [override(api, here, etag=seen), override(api, here, etag="*"), withdraw(api, here, etag=seen), new(api)]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {wanted}
    assert Override.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_ever", [True, False], ids=["of a student without a grade", "of a grade"])
def test_of_two_overrides_in_the_same_moment_one_is_taken_and_the_other_told(first_ever):
    cast = a_cast()
    _, text = token_create(name="x", scopes=["grades:read", "grades:write"], courses=[cast.course], by=cast.teacher)
    here, seen = "", ""
    if not first_ever:
        graded(cast, 1.0)
        here = the_grade(cast)
        seen = Caller(text).get(here)["ETag"]

    def act(number: int) -> int:
        caller, fields = Caller(text), {"score": f"{number}.00"}
        try:
            if first_ever:
                return int(new(caller, key=f"k-{number}", **fields).status_code)
            return int(override(caller, here, WORD | fields, etag=seen).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        statuses = sorted(pool.map(act, (0, 1, 2)))

    assert statuses == ([201, 409, 409] if first_ever else [200, 412, 412])
    assert Override.objects.count() == 1

"""Regrades through the API: tried, looked at, applied, undone, by one at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.db import connection

from grader.accounts.models import Enrolment
from grader.api.tokens import token_create
from grader.events.models import Event
from grader.gradebook.models import Grade, GradeChange, Regrade, RegradeItem
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import regrade_start
from grader.submissions.models import Run
from tests.api.callers import Caller
from tests.factories import a_cast, graded
from tests.gradebook.test_regrades import quizzed, stepped, worked
from tests.plugins.running_site import RunningSite, wait_for

LAB, QUIZ = "/assignments/small/lab/regrades", "/assignments/small/quiz/regrades"


def start(caller: Caller, path: str = LAB, *, key: str = "k-1", **body: Any) -> Any:
    return caller.post(path, {"reason": "The key was wrong"} | body, Idempotency_Key=key)


def of(answer: Any) -> Regrade:
    assert answer.status_code == 202, answer.content
    return Regrade.objects.get(public_id=answer.json()["id"])


def at(regrade: Regrade, act: str = "") -> str:
    return f"/regrades/{regrade.public_id}{act}"


def ready(caller: Caller, points: float) -> Regrade:
    """A regrade of the lab whose dry run has ended with these points for everybody."""
    return worked(of(start(caller)), points)


def applied(caller: Caller, regrade: Regrade, **body: Any) -> Any:
    caller.post(at(regrade, "/apply"), body)
    return caller.get(at(stepped(regrade)))


def rows(caller: Caller, regrade: Regrade, query: str = "") -> list[dict[str, Any]]:
    return list(caller.get(at(regrade, f"/rows{query}")).json()["data"])


def test_a_started_regrade_is_a_dry_run_that_is_asked_after(api, cast):
    graded(cast, 1.0)

    told = start(api)

    assert (told.status_code, told.json()["status"], told.json()["under_way"]) == (202, "trying", True)
    assert (told.json()["submissions"], told.json()["judged"], told["Retry-After"]) == (1, 0, "2")
    assert api.get(told["Location"].removeprefix("http://testserver")).json() == told.json()
    assert Grade.objects.get().score == 1


def test_once_tried_it_waits_and_says_who_gains_and_why(api, cast):
    graded(cast, 1.0)

    regrade = ready(api, 3.0)
    told = api.get(at(regrade))

    assert (told.json()["status"], told.json()["under_way"], "Retry-After" in told) == ("ready", False, False)
    assert told.json()["counts"] == {"gains": 1, "loses": 0, "same": 0, "failed": 0, "waiting": 0}
    row = rows(api, regrade)[0]
    assert (row["external_user_id"], row["way"], row["score_before"], row["score_will_be"]) == (
        "lms-student",
        "gains",
        "1.00",
        "3.00",
    )
    change = row["changes"][0]
    assert (change["task"], change["before"]["points"], change["after"]["points"]) == ("2.1", "1.00", "3.00")
    assert change["after"]["message"]


def test_what_is_applied_is_the_grade_and_says_who_and_why(api, cast):
    graded(cast, 1.0)

    told = applied(api, ready(api, 3.0)).json()

    assert (told["status"], told["moved"], told["applied_by"]) == ("applied", 1, cast.teacher.public_id)
    change = GradeChange.objects.latest("id")
    assert (change.reason, change.comment, change.changed_by) == ("regrade", "The key was wrong", cast.teacher)
    event = Event.objects.filter(type="grade.changed").latest("id").data
    assert (event["score"], event["reason"]) == ("3.00", "regrade")
    audits = Event.objects.filter(type__startswith="audit.regrade.").order_by("id")
    assert [one.type for one in audits] == ["audit.regrade.started", "audit.regrade.applied"]
    assert {one.data["by"]["token"] for one in audits} == {api.row.public_id}


def test_what_is_undone_is_as_it_was(api, cast):
    graded(cast, 1.0)
    regrade = ready(api, 3.0)
    applied(api, regrade)

    told = api.post(at(regrade, "/undo"))

    assert (told.status_code, told.json()["under_way"]) == (202, True)
    stepped(regrade)
    assert (api.get(at(regrade)).json()["status"], api.get(at(regrade)).json()["under_way"]) == ("undone", False)
    assert Grade.objects.get().score == 1


def test_nobody_loses_unless_it_is_said(api, cast):
    graded(cast, 3.0)
    regrade = ready(api, 1.0)

    assert [row["score_will_be"] for row in rows(api, regrade)] == ["3.00"]
    assert [row["score_will_be"] for row in rows(api, regrade, "?never_lower=false")] == ["1.00"]

    assert applied(api, regrade).json()["never_lower"] is True
    assert Grade.objects.get().score == 3


def test_after_the_look_it_may_be_said_otherwise(api, cast):
    graded(cast, 3.0)

    told = applied(api, ready(api, 1.0), never_lower=False).json()

    assert (told["never_lower"], Grade.objects.get().score) == (False, 1)


def test_rows_are_narrowed_and_paged(api, cast):
    graded(cast, 1.0)
    graded(cast, 3.0, student=cast.classmate)
    regrade = ready(api, 2.0)

    first = api.get(at(regrade, "/rows?limit=1")).json()
    second = api.get(at(regrade, f"/rows?limit=1&cursor={first['next_cursor']}")).json()

    assert [row["external_user_id"] for row in first["data"] + second["data"]] == ["lms-student", "lms-classmate"]
    assert [row["external_user_id"] for row in rows(api, regrade, "?way=loses")] == ["lms-classmate"]
    assert api.get(at(regrade, "/rows?way=sideways")).status_code == 422


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("trying", "apply"),
        ("trying", "undo"),
        ("ready", "undo"),
        ("applied", "apply"),
        ("applied", "drop"),
        ("undone", "apply"),
        ("dropped", "apply"),
    ],
)
def test_what_does_not_fit_its_state_is_refused_and_changes_nothing(api, cast, state, act):
    graded(cast, 1.0)
    regrade = ready(api, 3.0)
    Regrade.objects.filter(pk=regrade.pk).update(state=state)

    told = api.post(at(regrade, f"/{act}"))

    assert (told.status_code, told.json()["code"], told.json()["regrade_status"]) == (409, "regrade.other_state", state)
    regrade.refresh_from_db()
    assert regrade.state == state


def test_a_dry_run_may_be_given_up(api, cast):
    graded(cast, 1.0)
    regrade = of(start(api))

    told = api.post(at(regrade, "/drop"))

    assert (told.status_code, told.json()["status"]) == (200, "dropped")
    assert Run.objects.get(purpose="dry_run").state == "cancelled"


def test_only_what_failed_is_tried_again(api, cast):
    graded(cast, 1.0)
    regrade = ready(api, 3.0)
    assert api.post(at(regrade, "/retry")).json()["code"] == "regrade.nothing_failed"
    regrade.items.update(state=RegradeItem.State.FAILED)

    told = api.post(at(regrade, "/retry"))

    assert (told.status_code, told.json()["status"], told.json()["counts"]["waiting"]) == (202, "trying", 1)


def test_what_a_later_regrade_stands_on_is_not_undone(api, cast):
    graded(cast, 1.0)
    first = ready(api, 2.0)
    applied(api, first)
    second = worked(of(start(api, key="k-2")), 3.0)
    applied(api, second)

    assert api.post(at(first, "/undo")).json()["code"] == "regrade.later_one"
    assert api.post(at(second, "/undo")).status_code == 202


def test_the_list_shows_the_courses_regrades_newest_first(api, cast):
    graded(cast, 1.0)
    quizzed(cast)
    ids = [start(api).json()["id"], start(api, QUIZ).json()["id"]]

    told = api.get("/courses/small/regrades").json()["data"]

    assert [(one["id"], one["submissions"]) for one in told] == [(ids[1], 1), (ids[0], 1)]


def test_who_reads_grades_may_look_and_do_nothing(api, token, cast):
    graded(cast, 1.0)
    regrade = ready(api, 3.0)
    reader = token("grades:read")

    assert len(rows(reader, regrade)) == 1
    acts = [start(reader), *(reader.post(at(regrade, f"/{act}")) for act in ("apply", "undo", "drop", "retry"))]
    assert {answer.json()["code"] for answer in acts} == {"scope.missing"}


def test_who_lost_the_course_finds_no_regrade_of_it(api, cast):
    graded(cast, 1.0)
    regrade = ready(api, 3.0)
    Enrolment.objects.filter(user=cast.teacher).update(role="assistant")

    answers = [start(api, key="k-2"), rows_answer(api, regrade), *(api.post(at(regrade, f"/{act}")) for act in ("apply", "drop"))]

    assert {answer.status_code for answer in answers} == {404}


def rows_answer(caller: Caller, regrade: Regrade) -> Any:
    return caller.get(at(regrade, "/rows"))


def test_rows_of_a_class_take_no_query_a_row(api, cast, django_assert_max_num_queries):
    def asked() -> int:
        with django_assert_max_num_queries(40) as counted:
            assert rows(api, regrade)
        return len(counted)

    graded(cast, 1.0)
    regrade = ready(api, 2.0)
    few = asked()
    for points in (1.1, 1.2, 1.3):
        graded(cast, points, student=cast.classmate)
    regrade = worked(of(start(api, key="k-2")), 2.0)

    assert asked() == few


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["apply", "drop"])
def test_a_regrade_that_two_act_on_in_the_same_moment_is_acted_on_once(act: str):
    cast = a_cast()
    graded(cast, 1.0)
    regrade = worked(regrade_start(assignment=cast.lab, scope=Scope(), by=cast.teacher, reason="why"), 3.0)
    _, text = token_create(name="x", scopes=["grades:write"], courses=[cast.course], by=cast.teacher)
    statuses = at_once(lambda: Caller(text).post(at(regrade, f"/{act}")).status_code)

    assert statuses == ([202, 409, 409] if act == "apply" else [200, 409, 409])
    stepped(regrade)
    assert GradeChange.objects.filter(reason="regrade").count() == (1 if act == "apply" else 0)


@pytest.mark.slow
def test_on_a_running_site_it_goes_on_by_itself_and_is_polled(running_site: RunningSite, site_token: str):
    with httpx.Client(base_url=f"{running_site.url}/api/v1", headers={"Authorization": f"Bearer {site_token}"}) as client:
        typed = {"external_user_id": "lms-student", "external_submission_id": "regraded", "answers": '{"7.1": "0"}'}
        assert client.post("/assignments/dl2/7/submissions", data=typed, files={"ignored": b""}).status_code == 201

        def polled(status: str) -> dict[str, Any] | None:
            told: dict[str, Any] = client.get(here).json()
            return told if told["status"] == status and not told["under_way"] else None

        started = client.post("/assignments/dl2/7/regrades", json={"reason": "Once more"}, headers={"Idempotency-Key": "r"})
        here = started.headers["Location"]
        tried = wait_for(lambda: polled("ready"), within_s=60, what="the end of the dry run")
        assert tried["judged"] == tried["submissions"] == tried["counts"]["same"] + tried["counts"]["gains"]
        assert client.post(f"{here}/apply", json={}).status_code == 202
        assert wait_for(lambda: polled("applied"), within_s=60, what="what was applied")["moved"] == tried["submissions"]
        assert client.post(f"{here}/undo").status_code == 202
        wait_for(lambda: polled("undone"), within_s=60, what="the undo's end")


def at_once(act: Callable[[], int]) -> list[int]:
    def alone(_: int) -> int:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        return sorted(pool.map(alone, range(3)))

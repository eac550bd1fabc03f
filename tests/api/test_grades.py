"""Grades as a caller reads them, and the feed of what happened."""

from __future__ import annotations

import base64
import json
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from grader.api import feed
from grader.events.models import Event
from grader.events.services import event_add
from grader.gradebook.decisions import override_set
from grader.gradebook.models import Grade
from tests.api.callers import Caller
from tests.factories import a_cast, graded

GRADES = "/courses/small/grades"


def test_a_grade_is_a_decimal_string_with_its_version(api, cast):
    graded(cast, 2.0)

    told = api.get(GRADES).json()["data"]

    assert [(row["score"], row["max_score"], row["grade_version"], row["status"]) for row in told] == [
        ("2.00", "3.00", 1, "graded")
    ]
    assert api.get(f"/grades/{told[0]['id']}").json() == told[0]


def test_an_override_is_the_grade_and_history_says_who_and_why(api, cast):
    graded(cast, 2.0)
    grade = Grade.objects.get()
    override_set(grade=grade, score=Decimal("3"), reason="a good idea", by=cast.teacher, seen_version=grade.version)

    told = api.get(f"/grades/{grade.public_id}").json()
    history = api.get(f"/grades/{grade.public_id}/history").json()["data"]

    assert (told["score"], told["overridden"]) == ("3.00", True)
    assert [(row["score_from"], row["score_to"], row["reason"]) for row in history] == [
        (None, "2.00", "run"),
        ("2.00", "3.00", "override"),
    ]
    assert (history[1]["changed_by"], history[1]["comment"]) == (cast.teacher.public_id, "a good idea")


def test_grades_are_filtered_by_student_assignment_and_change(api, cast):
    graded(cast, 2.0)
    graded(cast, 1.0, student=cast.classmate)
    moment = (timezone.now() + timedelta(minutes=1)).isoformat().replace("+", "%2B")

    assert [row["score"] for row in api.get(f"{GRADES}?external_user_id=lms-classmate").json()["data"]] == ["1.00"]
    assert api.get(f"{GRADES}?assignment=quiz").json()["data"] == []
    assert api.get(f"{GRADES}?updated_since={moment}").json()["data"] == []
    assert api.get(f"{GRADES}?updated_since=yesterday").status_code == 422


@pytest.mark.parametrize(
    ("moment", "status"),
    [("0275-01-28T15:03:06+16:42", 200), ("0001-01-01T00:00:00+10:00", 422), ("9999-12-31T23:59:59-10:00", 422)],
)
def test_a_moment_of_a_strange_zone_is_read_or_refused(api, moment, status):
    """Postgres itself takes no zone of 16 hours and more."""
    assert api.get(f"{GRADES}?updated_since={moment.replace('+', '%2B')}").status_code == status


@pytest.mark.parametrize("moment", ["0275-01-28T15:03:06+16:42", "0001-01-01T00:00:00+10:00", "2026-01-01", None, ["a"]])
def test_a_cursor_that_somebody_made_up_is_no_trouble_of_ours(api, moment):
    made_up = base64.urlsafe_b64encode(json.dumps([moment, 5]).encode()).decode().rstrip("=")

    assert api.get(f"{GRADES}?cursor={made_up}").status_code in (200, 400)


def test_pages_of_grades_hold_each_once(api, cast):
    graded(cast, 2.0)
    graded(cast, 1.0, student=cast.classmate)

    first = api.get(f"{GRADES}?limit=1").json()
    second = api.get(f"{GRADES}?limit=1&cursor={first['next_cursor']}").json()

    assert [row["score"] for row in first["data"] + second["data"]] == ["2.00", "1.00"]


def test_an_etag_is_the_same_for_every_token(api, token, cast):
    graded(cast, 2.0)
    here = f"/grades/{Grade.objects.get().public_id}"

    assert api.get(here)["ETag"] == token("grades:read").get(here)["ETag"] == token("admin", by=cast.admin).get(here)["ETag"]


@pytest.fixture
def at_once(monkeypatch):
    """Nothing is held back for its youth."""
    monkeypatch.setattr(feed, "SETTLE", timedelta(0))


def test_the_feed_tells_what_happened_in_order_and_where_to_go_on(api, cast, at_once):
    graded(cast, 2.0)

    first = api.get("/events?limit=2").json()
    rest = api.get(f"/events?cursor={first['next_cursor']}").json()

    told = [row["type"] for row in first["data"] + rest["data"]]
    assert told == list(Event.objects.exclude(type__startswith="audit.").values_list("type", flat=True))
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert api.get(f"/events?cursor={rest['next_cursor']}").json() == {
        "data": [],
        "next_cursor": rest["next_cursor"],
        "has_more": False,
    }


def test_the_feed_holds_no_audit_and_nothing_of_other_courses(api, token, cast, at_once):
    graded(cast, 2.0)
    event_add(event_type="grade.changed", course_slug="other", data={})

    everything = api.get("/events?limit=200").json()["data"]

    assert {row["course"] for row in everything} == {"small"}
    assert not [row for row in everything if row["type"].startswith("audit.")]


def test_a_token_hears_of_what_its_scopes_let_it_read(token, cast, at_once):
    graded(cast, 2.0)

    of_work = {row["type"] for row in token("submissions:read").get("/events").json()["data"]}
    of_grades = {row["type"] for row in token("grades:read").get("/events").json()["data"]}

    assert "submission.received" in of_work and "grade.changed" not in of_work
    assert "grade.changed" in of_grades and "submission.received" not in of_grades
    assert token("rosters:read").get("/events").status_code == 403


def test_types_are_chosen_and_an_unknown_one_is_named(api, cast, at_once):
    graded(cast, 2.0)

    assert {row["type"] for row in api.get("/events?type=grade.changed").json()["data"]} == {"grade.changed"}
    assert api.get("/events?type=audit.token.created").status_code == 422
    assert api.get("/events?cursor=!!!").json()["code"] == "cursor.invalid"


@pytest.mark.django_db(transaction=True)
def test_no_event_is_passed_over_whose_transaction_commits_late(monkeypatch):
    """Two writers: the one with the smaller number commits last."""
    monkeypatch.setattr(feed, "SETTLE", timedelta(0))
    a_cast()
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            event_add(event_type="grade.changed", course_slug="small", data={"n": 1})
            written.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    written.wait(20)
    event_add(event_type="grade.changed", course_slug="small", data={"n": 2})
    meanwhile = _numbers()
    go_on.set()
    thread.join()

    assert meanwhile == []
    assert _numbers() == [1, 2]


def _numbers() -> list[int]:
    return [row.data["n"] for row in feed.events_settled(["grade.changed"], ["small"])]


def test_a_caller_without_a_course_sees_nothing(token, cast):
    graded(cast, 2.0)
    other: Caller = token("grades:read", "submissions:read", by=cast.other_teacher, courses=[cast.other_course])

    assert other.get(GRADES).status_code == 404
    assert other.get(f"/grades/{Grade.objects.get().public_id}").status_code == 404
    assert other.get("/events").json()["data"] == []

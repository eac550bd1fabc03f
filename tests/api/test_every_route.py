"""Each route of the API, tried by each scope and each role against what is theirs and what is not.

A route that has no line here fails the first test: write down what is sent to it, and whom its object belongs to, in `WORLD`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from grader.accounts.models import Enrolment, User
from grader.api.declared import ALL, Route
from grader.api.describing import problems_of
from grader.api.kinds import KINDS
from grader.api.tokens import Scope
from grader.api.v1 import api as _read  # reading it declares all routes
from grader.events.services import Actor
from grader.gradebook.models import Grade, Regrade, Review
from grader.gradebook.regrading.scope import Scope as Attempts
from grader.gradebook.regrading.services import regrade_start
from grader.gradebook.reviews import review_open
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.services import endpoint_create, endpoint_ping
from grader.submissions.models import Submission
from tests.api.callers import Caller
from tests.factories import Cast, a_notebook, a_submission, graded, the_run

NOTHING: dict[str, Any] = {}  # no body is sent
# What is sent to each route: a body that would be taken, so that what answers is the door or the object and not a field.
SENT: dict[str, dict[str, Any]] = {
    "me_show": NOTHING,
    "health_show": NOTHING,
    "courses_list": NOTHING,
    "course_show": NOTHING,
    "assignments_list": NOTHING,
    "assignment_show": NOTHING,
    "versions_list": NOTHING,
    "tasks_list": NOTHING,
    "enrolments_list": NOTHING,
    "enrolment_show": NOTHING,
    "enrolment_put": {"last_name": "Ivanova", "section": "A"},
    "enrolment_delete": NOTHING,
    "submission_create": {"external_user_id": "lms-classmate", "notebook": a_notebook("print(7)")},
    "submissions_list": NOTHING,
    "submission_show": NOTHING,
    "submission_cancel": NOTHING,
    "files_list": NOTHING,
    "runs_list": NOTHING,
    "run_show": NOTHING,
    "results_show": NOTHING,
    "grades_list": NOTHING,
    "grade_show": NOTHING,
    "grade_history": NOTHING,
    "overrides_list": NOTHING,
    "override_put": {"score": "2.50", "reason": "the plot is right"},
    "override_delete": {"?": "?reason=a+mistake"},
    "override_create": {"external_user_id": "lms-classmate", "score": "1", "reason": "an oral exam"},
    "reviews_list": NOTHING,
    "review_show": NOTHING,
    "review_claim": NOTHING,
    "review_release": NOTHING,
    "review_assign": {"person": "usr_nobody"},
    "review_decide": {"answer": "as it is"},
    "regrade_create": {"reason": "the key was wrong"},
    "regrades_list": NOTHING,
    "regrade_show": NOTHING,
    "regrade_rows": NOTHING,
    "regrade_apply": NOTHING,
    "regrade_undo": NOTHING,
    "regrade_drop": NOTHING,
    "regrade_retry": NOTHING,
    "endpoint_create": {"url": "https://lms.example/hook", "event_types": ["grade.changed"], "course": "small"},
    "endpoints_list": NOTHING,
    "endpoint_show": NOTHING,
    "endpoint_update": {"name": "Our LMS"},
    "endpoint_delete": NOTHING,
    "endpoint_rotate_secret": NOTHING,
    "endpoint_ping": NOTHING,
    "endpoint_pause": NOTHING,
    "endpoint_resume": NOTHING,
    "endpoint_replay": {"since": "2026-01-01T00:00:00Z", "until": "2036-01-01T00:00:00Z"},
    "messages_list": NOTHING,
    "message_show": NOTHING,
    "message_attempts": NOTHING,
    "message_redeliver": NOTHING,
    "events_list": NOTHING,
}


def _graded(cast: Cast) -> Submission:
    return Submission.objects.filter(student=cast.student).first() or graded(cast)


def _queued(cast: Cast) -> Submission:
    return Submission.objects.filter(student=cast.classmate).first() or a_submission(cast, student=cast.classmate)


def _asked(cast: Cast) -> Review:
    return Review.objects.first() or review_open(submission=graded(cast, 1.0), task="2.1", asked="why?")


def _regrade(cast: Cast) -> Regrade:
    assert _graded(cast)
    known = Regrade.objects.first()
    return known or regrade_start(assignment=cast.lab, scope=Attempts(), by=cast.teacher, reason="why")


def _endpoint(cast: Cast) -> WebhookEndpoint:
    known = WebhookEndpoint.objects.filter(deleted_at=None).first()
    return known or endpoint_create(url="https://lms.example/", events=["grade.changed"], by=Actor(), course=cast.course)


def _told(cast: Cast) -> WebhookMessage:
    endpoint = _endpoint(cast)
    return endpoint.messages.select_related("event").first() or endpoint_ping(endpoint, by=Actor())


# Names of objects of the course "small", by the parameter of an address that names them.
WORLD: dict[str, Callable[[Cast], str]] = {
    "course": lambda cast: "small",
    "assignment": lambda cast: "lab",
    "external_user_id": lambda cast: "lms-classmate",
    "submission_id": lambda cast: _queued(cast).public_id,
    "run_id": lambda cast: the_run(_graded(cast)).public_id,
    "grade_id": lambda cast: Grade.objects.get(student=_graded(cast).student).public_id,
    "review_id": lambda cast: _asked(cast).public_id,
    "regrade_id": lambda cast: _regrade(cast).public_id,
    "endpoint_id": lambda cast: _endpoint(cast).public_id,
    "message_id": lambda cast: _told(cast).event.public_id,
}
assert _read
EVERY = [scope for scope in Scope if scope is not Scope.ADMIN]
CLOSED = [route for route in ALL if not route.open_to_all]
OF_OBJECTS = [route for route in CLOSED if "{" in route.path]


def _name(route: Route) -> str:
    return route.name


@pytest.fixture
def ask(cast: Cast) -> Callable[[Caller, Route], Any]:
    """Sends a route what would be right for the teacher of its object."""

    def send(caller: Caller, route: Route) -> Any:
        path = re.sub(r"{\w+:(\w+)}", lambda found: WORLD[found[1]](cast), route.path)
        sent = dict(SENT[route.name])
        path += sent.pop("?", "")
        if route.takes.startswith("multipart"):
            fields = {key: value for key, value in sent.items() if key != "notebook"}
            return caller.submit(path, sent.get("notebook"), "lab.ipynb", key="a-key", **fields)
        extra = ({"Idempotency_Key": "a-key"} if route.keyed else {}) | ({"If_Match": "*"} if route.matched else {})
        return caller(route.method, path, sent or ({} if route.takes else None), **extra)

    return send


def test_every_route_has_its_line_here():
    assert {route.name for route in ALL} == set(SENT)
    assert {name for route in ALL for name in re.findall(r"{\w+:(\w+)}", route.path)} <= set(WORLD)


def test_every_path_checks_the_shape_of_its_names():
    assert [route.path for route in ALL if re.search(r"{\w+}", route.path)] == []


@pytest.mark.parametrize("route", CLOSED, ids=_name)
def test_nobody_comes_in_without_a_token(ask, db, route):
    assert ask(Caller(), route).status_code == 401


@pytest.mark.parametrize("route", CLOSED, ids=_name)
def test_each_scope_opens_what_it_says_and_nothing_else(ask, token, route):
    for scope in EVERY:
        answer = ask(token(scope), route)

        wanted = not route.scopes or scope in route.scopes
        assert (answer.status_code == 403) is not wanted, f"{scope}: {answer.status_code} {answer.content[:300]!r}"
        if not wanted:
            assert answer.json()["code"] == "scope.missing"


@pytest.mark.parametrize("route", CLOSED, ids=_name)
def test_the_teachers_token_reaches_what_is_the_courses(ask, api, route):
    answer = ask(api, route)

    assert answer.status_code not in (401, 403, 404), answer.content[:300]
    assert answer.status_code < 500


@pytest.mark.parametrize("route", CLOSED, ids=_name)
def test_the_admins_token_reaches_everything(ask, token, cast, route):
    answer = ask(token("admin", by=cast.admin, courses=None), route)

    assert answer.status_code not in (401, 403, 404), answer.content[:300]
    assert answer.status_code < 500


@pytest.mark.parametrize("route", OF_OBJECTS, ids=_name)
def test_a_foreign_object_is_not_found(ask, token, cast, route):
    """By another course's teacher, by the admin's token for another course, and by whoever lost the course."""
    foreign = [
        token(*EVERY, by=cast.other_teacher, courses=[cast.other_course]),
        token("admin", by=cast.admin, courses=[cast.other_course]),
    ]
    lost = token(*EVERY)
    Enrolment.objects.filter(user=cast.teacher).update(role="assistant")
    fallen = token("admin", by=cast.admin, courses=None)
    User.objects.filter(pk=cast.admin.pk).update(is_superuser=False)

    for caller in (*foreign, lost, fallen):
        answer = ask(caller, route)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("route", [route for route in CLOSED if route.method == "GET" and "{" not in route.path], ids=_name)
def test_a_list_of_all_courses_holds_nothing_of_a_foreign_one(ask, token, cast, route):
    graded(cast)

    answer = ask(token(*EVERY, by=cast.other_teacher, courses=[cast.other_course]), route)

    assert answer.status_code == 200
    assert b"small" not in answer.content and b"lms-student" not in answer.content


@pytest.mark.parametrize("route", ALL, ids=_name)
def test_every_answer_is_one_that_the_schema_names(ask, api, token, cast, route):
    foreign = token(*EVERY, by=cast.other_teacher, courses=[cast.other_course])
    known = {KINDS[code].status for code in problems_of(route)} | set(route.statuses)

    for caller in (api, foreign, Caller()):
        assert ask(caller, route).status_code in known


def test_every_problem_that_a_route_names_is_a_known_one():
    assert [code for route in ALL for code in problems_of(route) if code not in KINDS] == []

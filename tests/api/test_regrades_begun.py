"""What a regrade through the API is about: attempts, students, typed answers, a version; and what can't be begun."""

from __future__ import annotations

import pytest

from grader.gradebook.models import Regrade
from grader.submissions.models import Run
from tests.api.test_regrades import QUIZ, of, start
from tests.factories import graded
from tests.gradebook.test_regrades import quizzed


def test_it_is_about_the_students_and_attempts_that_were_named(api, cast):
    graded(cast, 1.0)
    graded(cast, 2.0)
    graded(cast, 1.0, student=cast.classmate)

    told = start(api, attempts="latest", external_user_ids=["lms-student"], statuses=["graded"])

    assert told.json()["submissions"] == 1
    assert told.json()["scope"] == {
        "attempts": "latest",
        "statuses": ["graded"],
        "external_user_ids": ["lms-student"],
        "task": "",
        "answer": "",
    }


def test_it_is_about_those_who_typed_the_same_answer(api, cast):
    quizzed(cast, number="49")
    quizzed(cast, student=cast.classmate, number="50")

    told = start(api, QUIZ, task="1.2", answer="49.0")

    assert [item.submission.student for item in of(told).items.all()] == [cast.student]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reason": ""}, "/reason"),
        ({"reason": "\x1c"}, "/reason"),
        ({"reason": "a\x00"}, "/reason"),
        ({"reason": "x" * 2001}, "/reason"),
        ({"attempts": "some"}, "/attempts"),
        ({"statuses": ["queued"]}, "/statuses/0"),
        ({"task": "2.1"}, "/answer"),
        ({"answer": "50"}, "/task"),
        ({"task": "2.1", "answer": "5\x000"}, "/answer"),
        ({"version": "ver_nothing"}, "/version"),
        ({"external_user_ids": ["lms-student", "nobody"]}, "/external_user_ids"),
        ({"external_user_ids": ["lms-teacher"]}, "/external_user_ids"),
        ({"external_user_ids": ["a"] * 2001}, "/external_user_ids"),
    ],
)
def test_what_cannot_be_started_is_named(api, cast, body, pointer):
    graded(cast, 1.0)

    told = start(api, **body)

    assert (told.status_code, told.json()["errors"][0]["pointer"]) == (422, pointer)
    assert Regrade.objects.count() == 0


@pytest.mark.parametrize(
    "body", [{"task": "9.9", "answer": "50"}, {"task": "2.1", "answer": "x" * 255}, {"statuses": ["broken"]}]
)
def test_a_choice_that_fits_nobody_says_so(api, cast, body):
    graded(cast, 1.0)

    assert start(api, **body).json()["code"] == "regrade.nobody"


def test_while_too_much_waits_no_regrade_adds_to_it(api, cast, settings):
    graded(cast, 1.0)
    settings.GRADER_API_QUEUE_LIMIT = 0

    told = start(api)

    assert (told.status_code, told.json()["code"], told["Retry-After"]) == (503, "queue.full", "60")
    assert Regrade.objects.count() == 0


def test_a_version_of_another_assignment_is_not_judged_by(api, cast):
    graded(cast, 1.0)

    assert start(api, version=cast.quiz.current_version.public_id).status_code == 422
    assert start(api, version=cast.lab.current_version.public_id).status_code == 202


def test_the_same_start_again_is_one_regrade(api, cast):
    graded(cast, 1.0)

    first, again = start(api), start(api)

    assert (again.status_code, again.content) == (202, first.content)
    assert (Regrade.objects.count(), Run.objects.filter(purpose="dry_run").count()) == (1, 1)

"""Handing in for a student, and what the caller is told of it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from grader.accounts.models import Enrolment, User
from grader.api.models import CourseRules
from grader.gradebook.services import run_record
from grader.submissions.models import Submission
from grader.submissions.uploads import LIMIT
from tests.factories import a_claim, a_notebook, a_result, a_submission, graded

LAB, QUIZ = "/assignments/small/lab/submissions", "/assignments/small/quiz/submissions"
MINE = {"external_user_id": "lms-student"}


def test_a_notebook_is_queued_and_its_place_told(api, cast):
    answer = api.submit(LAB, a_notebook("print(1)"), answers={"2.1": "50"}, **MINE)

    told = answer.json()
    assert answer.status_code == 201
    assert (told["status"], told["position"], told["score"], told["tasks"]) == ("queued", 1, None, {})
    assert told["external_user_id"] == "lms-student"
    assert answer["Location"] == told["links"]["self"] == f"http://testserver/api/v1/submissions/{told['id']}"
    assert Submission.objects.get().source == "api"


def test_typed_answers_are_judged_at_once(api, cast):
    told = api.submit(QUIZ, answers={"1.1": "a", "1.2": "49"}, **MINE).json()

    assert (told["status"], told["score"], told["max_score"]) == ("graded", "1.00", "3.00")
    assert told["tasks"]["1.1"]["status"] == "passed"
    assert told["tasks"]["1.2"]["points"] == "0.00"
    assert told["tasks"]["1.2"]["checks"][0]["kind"] == "number"


def test_the_result_is_read_by_its_link(api, cast):
    told = api.submit(LAB, a_notebook("print(1)"), answers={"2.1": "50"}, **MINE).json()
    run_record(a_claim(Submission.objects.get()), a_result(2.5))

    read = api.get(f"/submissions/{told['id']}")

    assert read.status_code == 200
    assert (read.json()["status"], read.json()["score"], read.json()["position"]) == ("graded", "2.50", None)
    assert read["ETag"]
    assert api.get(f"/submissions/{told['id']}", If_None_Match=read["ETag"]).status_code == 304


def test_what_is_under_way_says_when_to_ask_again(api, cast):
    submission = a_submission(cast)

    assert int(api.get(f"/submissions/{submission.public_id}")["Retry-After"]) > 0


def test_the_same_external_id_again_is_the_same_submission(api, cast):
    first = api.submit(LAB, a_notebook("print(1)"), external_submission_id="a-1", **MINE)
    again = api.submit(LAB, a_notebook("print(1)"), external_submission_id="a-1", **MINE)

    assert first.json() == again.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert first["Location"] == again["Location"]
    assert Submission.objects.count() == 1


def test_the_same_external_id_with_another_file_is_refused_in_words(api, cast):
    api.submit(LAB, a_notebook("print(1)"), external_submission_id="a-1", **MINE)

    again = api.submit(LAB, a_notebook("print(2)"), external_submission_id="a-1", **MINE)

    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "submission.other_file")


def test_an_external_id_of_another_student_is_a_conflict(api, cast):
    api.submit(LAB, a_notebook("print(1)"), external_submission_id="a-1", **MINE)

    other = api.submit(LAB, a_notebook("print(1)"), external_submission_id="a-1", external_user_id="lms-classmate")

    assert (other.status_code, other.json()["errors"][0]["code"]) == (409, "submit.external_id_taken")


def test_a_repeated_request_is_done_once(api, cast):
    first = api.submit(QUIZ, key="k-1", answers={"1.1": "a"}, **MINE)
    Submission.objects.get()  # one so far

    again = api.submit(QUIZ, key="k-1", answers={"1.1": "a"}, **MINE)

    assert again.content == first.content
    assert (again["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    assert again["Location"] == first["Location"]
    assert Submission.objects.count() == 1


def test_a_key_that_was_used_for_another_request_is_refused(api, cast):
    api.submit(QUIZ, key="k-1", answers={"1.1": "a"}, **MINE)

    other = api.submit(QUIZ, key="k-1", answers={"1.1": "b"}, **MINE)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency.other_body")


def test_a_key_is_the_tokens_own(api, token, cast):
    other = token("submissions:write")
    api.submit(QUIZ, key="k-1", answers={"1.1": "a"}, **MINE)

    assert other.submit(QUIZ, key="k-1", answers={"1.1": "b"}, **MINE).status_code == 201


def test_a_refused_request_may_be_sent_again_with_its_key(api, cast):
    refused = api.submit(LAB, b"no notebook", key="k-1", **MINE)

    taken = api.submit(LAB, a_notebook("print(1)"), key="k-1", **MINE)

    assert (refused.status_code, taken.status_code) == (422, 201)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04 no text", "preflight.not_json"), (b"", "preflight.empty"), (b'{"a": 1}', "preflight.not_notebook")],
)
def test_a_refused_notebook_says_why_in_the_pages_own_codes(api, cast, content, code):
    answer = api.submit(LAB, content, **MINE)

    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "submission.refused")
    assert [(one["pointer"], one["code"]) for one in told["errors"]] == [("/notebook", code)]
    assert told["errors"][0]["detail"]
    assert not Submission.objects.exists()


def test_an_unknown_task_is_named(api, cast):
    told = api.submit(QUIZ, answers={"9.9": "x"}, **MINE).json()

    assert [(one["pointer"], one["code"]) for one in told["errors"]] == [("/answers/9.9", "answer.unknown_task")]


@pytest.mark.parametrize("text", ["[]", "{", "NaN", '{"1.1": NaN}', "[" * 10_000])
def test_answers_that_are_no_json_object_are_named(api, cast, text):
    answer = api.submit(QUIZ, answers=text, **MINE)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/answers")


def test_a_file_over_the_limit_is_refused_with_the_limit(api, cast):
    answer = api.submit(LAB, b"x" * (LIMIT + 1), **MINE)

    assert (answer.status_code, answer.json()["limit_bytes"]) == (413, LIMIT)


def test_a_digest_that_differs_is_refused(api, cast):
    notebook = a_notebook("print(1)")

    wrong = api.submit(LAB, notebook, notebook_sha256="0" * 64, **MINE)
    right = api.submit(LAB, notebook, notebook_sha256=hashlib.sha256(notebook).hexdigest(), **MINE)

    assert (wrong.status_code, right.status_code) == (422, 201)
    assert right.json()["notebook_sha256"] == hashlib.sha256(notebook).hexdigest()


def test_the_time_of_submission_is_ours(api, cast):
    early = (timezone.now() - timedelta(days=3)).isoformat()

    told = api.submit(QUIZ, answers={"1.1": "a"}, submitted_at=early, **MINE).json()

    assert told["submitted_at"] > (timezone.now() - timedelta(minutes=1)).isoformat()[:19]
    late = (timezone.now() + timedelta(hours=1)).isoformat()
    assert api.submit(QUIZ, answers={"1.1": "b"}, submitted_at=late, **MINE).status_code == 422


def test_an_unknown_student_is_not_enrolled_unless_course_and_token_say_so(api, token, cast):
    who = {"external_user_id": "new-1"}
    assert api.submit(QUIZ, answers={"1.1": "a"}, **who).json()["code"] == "student.unknown"
    CourseRules.objects.create(course=cast.course, provisions_students=True)
    assert token("submissions:write").submit(QUIZ, answers={"1.1": "a"}, **who).json()["code"] == "student.unknown"

    taken = api.submit(QUIZ, answers={"1.1": "a"}, **who)

    assert taken.status_code == 201
    assert Enrolment.objects.get(external_user_id="new-1").role == "student"
    assert not Enrolment.objects.get(external_user_id="new-1").user.has_usable_password()


@pytest.mark.parametrize("name", ["lms-teacher", "lms-assistant"])
def test_who_teaches_is_no_student(api, cast, name):
    assert api.submit(QUIZ, answers={"1.1": "a"}, external_user_id=name).json()["code"] == "student.unknown"


def test_a_deactivated_student_is_not_handed_in_for(api, cast):
    User.objects.filter(pk=cast.student.pk).update(is_active=False)

    assert api.submit(QUIZ, answers={"1.1": "a"}, **MINE).json()["code"] == "student.unknown"


def test_a_closed_assignment_says_so(api, cast):
    cast.quiz.closes_at = timezone.now() - timedelta(minutes=1)
    cast.quiz.save()

    told = api.submit(QUIZ, answers={"1.1": "a"}, **MINE).json()

    assert told["errors"][0]["code"] == "submit.closed"


def test_a_full_queue_takes_no_work(api, cast, settings):
    settings.GRADER_API_QUEUE_LIMIT = 1
    a_submission(cast)

    answer = api.submit(LAB, a_notebook("print(9)"), external_user_id="lms-classmate")

    assert (answer.status_code, answer.json()["code"], int(answer["Retry-After"]) > 0) == (503, "queue.full", True)


def test_a_student_is_handed_in_for_so_often_a_minute(api, cast, settings):
    settings.GRADER_API_STUDENT_RATE = 1
    api.submit(QUIZ, answers={"1.1": "a"}, **MINE)

    second = api.submit(QUIZ, answers={"1.1": "b"}, **MINE)
    other = api.submit(QUIZ, answers={"1.1": "b"}, external_user_id="lms-classmate")

    assert (second.status_code, other.status_code) == (429, 201)
    assert second["RateLimit-Policy"].startswith('"student"')


def test_a_body_of_another_type_is_refused_by_its_type(api, cast):
    answer = api.post(LAB, {"external_user_id": "lms-student"})

    assert (answer.status_code, answer.json()["takes"]) == (415, "multipart/form-data")


def test_a_missing_field_is_named(api, cast):
    told = api.submit(QUIZ, answers={"1.1": "a"}).json()

    assert [(one["pointer"], one["code"]) for one in told["errors"]] == [("/external_user_id", "field.missing")]


def test_a_submission_is_cancelled_once_and_stays_so(api, cast):
    submission = a_submission(cast)
    here = f"/submissions/{submission.public_id}/cancel"

    assert api.post(here).json()["status"] == "cancelled"
    assert api.post(here).json()["status"] == "cancelled"


def test_what_has_ended_is_not_cancelled(api, cast):
    answer = api.post(f"/submissions/{graded(cast).public_id}/cancel")

    assert (answer.status_code, answer.json()["submission_status"]) == (409, "graded")


def test_a_list_is_filtered_and_has_no_query_a_row(api, cast, django_assert_max_num_queries):
    one, other = graded(cast), graded(cast, 1.0, student=cast.classmate)

    with django_assert_max_num_queries(12):
        both = api.get(LAB).json()["data"]

    assert [row["id"] for row in both] == [one.public_id, other.public_id]
    assert [row["score"] for row in both] == ["3.00", "1.00"]
    mine = api.get(f"{LAB}?external_user_id=lms-classmate").json()["data"]
    assert [row["id"] for row in mine] == [other.public_id]
    assert api.get(f"{LAB}?status=queued").json()["data"] == []
    assert api.get(f"{LAB}?status=nonsense").status_code == 422


def test_pages_follow_one_another_by_their_links(api, cast):
    made = [graded(cast, points).public_id for points in (1.0, 2.0, 3.0)]

    first = api.get(f"{LAB}?limit=2")
    last = api.get(first["Link"].split("<http://testserver")[1].split(">")[0])

    assert [row["id"] for row in first.json()["data"] + last.json()["data"]] == made
    assert last.json()["next_cursor"] is None and "Link" not in last
    for cursor in ("x", "AAAA", "W10", "WzEsMl0", "WyJhIl0", "WzFlMzA5XQ"):
        assert api.get(f"{LAB}?cursor={cursor}").json()["code"] == "cursor.invalid"


def test_runs_and_results_of_a_submission(api, cast):
    submission = graded(cast, 2.0)

    run = api.get(f"/submissions/{submission.public_id}/runs").json()["data"][0]
    results = api.get(f"/runs/{run['id']}/results").json()

    assert (run["state"], run["result"], run["score"]) == ("done", "graded", "2.00")
    assert api.get(f"/runs/{run['id']}").json() == run
    assert results["tasks"]["2.1"]["status"] == "passed"

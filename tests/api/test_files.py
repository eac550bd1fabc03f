"""Files by addresses that need no token: who gets them, and until when."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from grader.accounts.models import Enrolment
from grader.api import files
from grader.api.models import ApiToken
from grader.gradebook.services import run_record
from grader.submissions.values import Artefact
from tests.factories import a_claim, a_notebook, a_result, a_submission

NOTEBOOK = a_notebook("print(7)")


@pytest.fixture
def submission(cast):
    return a_submission(cast, cell="print(7)")


def addresses(api, submission) -> dict[str, str]:
    told = api.get(f"/submissions/{submission.public_id}/files").json()
    return {one["kind"]: one["url"] for one in told["files"]}


def test_what_was_handed_in_comes_back_byte_for_byte_without_a_token(api, submission):
    told = api.get(f"/submissions/{submission.public_id}/files").json()["files"][0]

    answer = Client().get(told["url"])

    assert (answer.status_code, answer.content) == (200, NOTEBOOK)
    assert told["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert told["name"] in answer["Content-Disposition"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_executed_notebook_is_there_once_it_was_run(api, submission):
    executed = a_notebook("print(7)", "executed")
    run_record(a_claim(submission), a_result(2.5, artefacts=(Artefact("executed.ipynb", executed),)))

    found = addresses(api, submission)

    assert set(found) == {"handed_in", "executed"}
    assert Client().get(found["executed"]).content == executed


def test_where_only_answers_were_typed_there_is_no_file(api, cast):
    told = api.submit("/assignments/small/quiz/submissions", answers={"1.1": "a"}, external_user_id="lms-student").json()

    assert api.get(f"/submissions/{told['id']}/files").json()["files"] == []


def test_an_address_ends_by_itself(api, submission, monkeypatch):
    address = addresses(api, submission)["handed_in"]
    later = files.time.time() + 1201
    monkeypatch.setattr(files.time, "time", lambda: later)

    answer = Client().get(address)

    assert (answer.status_code, answer.json()["code"]) == (410, "file.link_over")


@pytest.mark.parametrize("how", ["revoked", "expired", "demoted", "deactivated", "left the course"])
def test_an_address_ends_with_its_token(api, submission, cast, how):
    address = addresses(api, submission)["handed_in"]
    rows = ApiToken.objects.filter(pk=api.row.pk)
    {
        "revoked": lambda: rows.update(revoked_at=timezone.now()),
        "expired": lambda: rows.update(expires_at=timezone.now() - timedelta(seconds=1)),
        "demoted": lambda: Enrolment.objects.filter(user=cast.teacher).update(role="assistant"),
        "deactivated": lambda: type(cast.teacher).objects.filter(pk=cast.teacher.pk).update(is_active=False),
        "left the course": lambda: api.row.courses.clear(),
    }[how]()

    answer = Client().get(address)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def _other_end(text: str) -> str:
    return text[:-2] + ("AA" if text[-2:] != "AA" else "BB")


@pytest.mark.parametrize("change", [_other_end, lambda text: "x", lambda text: text.partition("~")[0]])
def test_an_address_that_we_did_not_give_is_not_found(api, submission, change):
    head, _slash, signed = addresses(api, submission)["handed_in"].rpartition("/")

    assert Client().get(f"{head}/{change(signed)}").status_code == 404


def test_questions_within_minutes_get_the_same_answer(api, submission, monkeypatch):
    monkeypatch.setattr(files.time, "time", lambda: 1_800_000_000.0)
    path = f"/submissions/{submission.public_id}/files"

    assert api.get(path, If_None_Match=api.get(path)["ETag"]).status_code == 304

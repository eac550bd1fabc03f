from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from grader import queue
from grader.events.models import Event
from grader.gradebook.services import submission_receive
from grader.submissions import errors
from grader.submissions.models import Draft, Run, Submission
from grader.submissions.preflight import Refused
from grader.submissions.queries import attempts_used, attempts_used_by_assignment, run_shown
from grader.submissions.services import draft_save, submission_cancel
from grader.submissions.waiting import Queues
from tests.factories import Cast, a_cast, a_notebook, a_submission, the_run


def test_an_upload_waits_in_the_queue_pinned_to_the_package_version(cast: Cast):
    submission = a_submission(cast)

    run = the_run(submission)
    assert (submission.state, submission.attempt, submission.answers) == ("queued", 1, {"2.1": "50"})
    assert (run.state, run.queue, run.package_version) == ("queued", "grade.cpu", cast.lab.current_version)


def test_the_doorbell_rings_only_once_the_upload_is_committed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    rung: list[tuple[int, str]] = []
    monkeypatch.setattr("grader.queue.ring", lambda run_id, queue: rung.append((run_id, queue)))

    with django_capture_on_commit_callbacks(execute=True):
        submission = a_submission(cast)
        assert rung == []

    assert rung == [(the_run(submission).pk, "grade.cpu")]


def test_an_upload_is_taken_although_redis_is_away(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
):
    away = Celery("away", broker="redis+socket:///nowhere/at/all", set_as_current=False)
    away.conf.update(broker_transport_options=queue.app.conf.broker_transport_options)
    monkeypatch.setattr(queue, "app", away)
    started = time.monotonic()

    with django_capture_on_commit_callbacks(execute=True):
        submission = a_submission(cast)

    assert submission.state == "queued"
    assert time.monotonic() - started < 2


def test_a_device_that_would_rather_be_a_gpu_waits_in_the_gpu_queue(cast: Cast):
    cast.lab.device = "prefer-gpu"
    cast.lab.save()

    assert the_run(a_submission(cast)).queue == "grade.gpu"


def test_typed_answers_are_judged_at_once(cast: Cast):
    submission = submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "a", "1.2": "50"})

    run = run_shown(submission)
    assert run is not None
    assert (submission.state, run.state, run.queue, run.engine, run.score) == ("graded", "done", "none", "none", 3)
    assert [(task.task, task.status) for task in run.tasks.all()] == [("1.1", "passed"), ("1.2", "passed")]


def test_a_second_click_is_the_same_submission(cast: Cast):
    first = a_submission(cast)
    second = a_submission(cast)

    assert second == first
    assert Submission.objects.count() == Run.objects.count() == 1


def test_other_answers_or_another_notebook_are_a_new_attempt(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.submissions.services.UNDER_WAY", 9)
    attempts = [
        a_submission(cast),
        a_submission(cast, answers={"2.1": "51"}),
        a_submission(cast, cell="print(51)"),
    ]

    assert [attempt.attempt for attempt in attempts] == [1, 2, 3]


def test_the_same_upload_a_minute_later_is_a_new_attempt(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    a_submission(cast)
    monkeypatch.setattr("grader.submissions.services.SAME_UPLOAD_S", 0)

    assert a_submission(cast).attempt == 2


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_submission():
    cast = a_cast()

    def click(_: int) -> int:
        try:
            return a_submission(cast).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(click, range(8)))

    assert len(made) == Submission.objects.count() == Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_attempt_can_be_used_once_even_by_eight_uploads_at_once():
    cast = a_cast()
    cast.lab.attempts_allowed = 1
    cast.lab.save()

    def upload(number: int) -> bool:
        try:
            a_submission(cast, cell=f"print({number})")
        except errors.NoAttemptsLeft:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(upload, range(8)))

    assert sum(taken) == 1


def test_an_older_submission_sent_again_by_the_lms_is_not_received_twice(cast: Cast):
    first = a_submission(cast, external_submission_id="lms-1", source="api")
    a_submission(cast, external_submission_id="lms-2", source="api", cell="print(2)")

    again = a_submission(cast, external_submission_id="lms-1", source="api")

    received = Event.objects.filter(type="submission.received")
    assert again == first
    assert sorted(event.data["external_submission_id"] for event in received) == ["lms-1", "lms-2"]


def test_the_callers_own_id_always_means_the_same_submission(cast: Cast):
    first = a_submission(cast, external_submission_id="lms-77", source="api")
    again = a_submission(cast, external_submission_id="lms-77", source="api", cell="print('something else')")

    assert again == first


def test_the_callers_own_id_cannot_be_used_for_another_student(cast: Cast):
    a_submission(cast, external_submission_id="lms-77")

    with pytest.raises(errors.ExternalIdTaken):
        a_submission(cast, external_submission_id="lms-77", student=cast.classmate)


@pytest.mark.parametrize(
    ("dates", "refusal"),
    [({"opens_at": timedelta(hours=1)}, errors.NotOpen), ({"closes_at": timedelta(hours=-1)}, errors.Closed)],
)
def test_before_the_opening_and_after_the_closing_nothing_is_taken(
    cast: Cast, dates: dict[str, timedelta], refusal: type[Exception]
):
    for name, distance in dates.items():
        setattr(cast.lab, name, timezone.now() + distance)
    cast.lab.save()

    with pytest.raises(refusal):
        a_submission(cast)
    assert not Submission.objects.exists()


def test_no_more_attempts_than_allowed_and_those_not_charged_do_not_count(cast: Cast):
    cast.lab.attempts_allowed = 1
    cast.lab.save()
    first = a_submission(cast)

    with pytest.raises(errors.NoAttemptsLeft) as caught:
        a_submission(cast, cell="print(2)")
    Submission.objects.filter(pk=first.pk).update(charged=False)

    assert (caught.value.code, caught.value.values) == ("submit.no_attempts", {"allowed": 1})
    assert a_submission(cast, cell="print(2)").attempt == 2
    assert attempts_used(cast.student, cast.lab) == 1
    assert attempts_used_by_assignment(cast.student) == {cast.lab.pk: 1}


def test_nothing_at_all_is_refused_as_nothing(cast: Cast):
    with pytest.raises(errors.NothingSubmitted):
        submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "", "1.2": []})


def test_answers_without_the_notebook_that_is_asked_for_are_refused(cast: Cast):
    with pytest.raises(Refused) as caught:
        submission_receive(student=cast.student, assignment=cast.lab, notebook=None, answers={"2.1": "50"})

    assert caught.value.code == "preflight.missing"


def test_a_file_that_is_no_notebook_uses_no_attempt(cast: Cast):
    with pytest.raises(errors.SubmitRefused) as caught:
        submission_receive(student=cast.student, assignment=cast.lab, notebook=b"PK\x03\x04", answers={})

    assert caught.value.code == "preflight.not_json"
    assert not Submission.objects.exists()


def test_an_answer_to_a_task_that_is_not_there_is_refused_by_its_number(cast: Cast):
    with pytest.raises(errors.BadAnswer) as caught:
        submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"9.9": "50"})

    assert caught.value.values["task"] == "9.9"


def test_answers_that_postgres_could_not_keep_are_cleaned(cast: Cast):
    submission = submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.2": "5\x000\ud800"})

    assert submission.answers == {"1.2": "50?"}


def test_a_draft_keeps_its_file_when_only_answers_come_and_goes_when_it_is_handed_in(cast: Cast):
    keep: dict[str, Any] = {"student": cast.student, "assignment": cast.lab}
    draft_save(**keep, notebook=a_notebook("1"), notebook_name="a.ipynb", answers={"2.1": "4"})
    draft = draft_save(**keep, notebook=None, notebook_name="", answers={"2.1": "5"})

    assert (draft.notebook_name, draft.answers) == ("a.ipynb", {"2.1": "5"})

    a_submission(cast)
    assert not Draft.objects.exists()


def test_the_place_in_the_queue_counts_those_before_in_the_same_queue(cast: Cast):
    first, second = a_submission(cast), a_submission(cast, student=cast.classmate)

    runs = [the_run(first), the_run(second)]
    assert [Queues.of(runs).wait(run).place for run in runs] == [1, 2]


def test_an_assignment_whose_judging_breaks_keeps_the_upload_and_tries_again(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    def broken(run: Run) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("grader.submissions.typed.run_judge_now", broken)
    submission = submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "a"})

    assert submission.state == "queued"
    assert (the_run(submission).state, the_run(submission).claims_lost) == ("queued", 1)


def test_of_one_students_submissions_for_an_assignment_two_may_be_under_way(cast: Cast):
    a_submission(cast, cell="print(1)")
    a_submission(cast, cell="print(2)")

    with pytest.raises(errors.UnderWay) as caught:
        a_submission(cast, cell="print(3)")

    assert (caught.value.code, caught.value.values) == ("submit.under_way", {"most": 2})
    a_submission(cast, student=cast.classmate, cell="print(3)")


def test_a_hundred_uploads_a_day_are_enough_even_if_all_were_cancelled(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.submissions.services.MOST_A_DAY", 3)
    for number in range(3):
        submission_cancel(a_submission(cast, cell=f"print({number})"), by=cast.student)

    with pytest.raises(errors.TooMany):
        a_submission(cast, cell="print(3)")
    assert a_submission(cast, student=cast.classmate, cell="print(3)").attempt == 1

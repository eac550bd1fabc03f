from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from grader import queue
from grader.gradebook.services import run_record, submission_receive
from grader.submissions import claims, results
from grader.submissions.models import Run, WorkerPresence
from grader.submissions.queries import workers_alive
from tests.factories import Cast, a_claim, a_result, a_submission, the_run
from worker.presence import Here, presence_say
from worker.sweeper import Swept, sweep


@pytest.fixture(autouse=True)
def empty_redis() -> Iterator[None]:
    flush()
    yield
    flush()


def flush() -> None:
    with queue.app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        channel.client.flushdb()


def later(seconds: int = 60) -> None:
    """All that waits has waited so much longer."""
    past = Now() - timedelta(seconds=seconds)
    Run.objects.filter(state="queued").update(queued_at=past)
    Run.objects.filter(state="running").update(lease_until=past)


def test_a_run_whose_doorbell_was_lost_is_rung_for_again(cast: Cast):
    a_submission(cast)
    a_submission(cast, student=cast.classmate)
    later()
    flush()

    assert sweep().rung == 2
    assert queue.messages_waiting("grade.cpu") == 2


def test_a_long_queue_with_a_doorbell_each_is_not_doubled(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.submissions.services.UNDER_WAY", 9)
    for number in range(5):
        run = the_run(a_submission(cast, cell=f"print({number})"))
        queue.ring(run.pk, "grade.cpu")
    later()

    assert sweep().rung == 0
    assert queue.messages_waiting("grade.cpu") == 5


def test_a_doorbell_that_was_only_just_rung_is_left_alone(cast: Cast):
    a_submission(cast)

    assert sweep() == Swept(0, 0, 0, 0)


def test_a_run_that_may_not_be_tried_yet_is_not_rung_for(cast: Cast):
    a_submission(cast)
    later()
    Run.objects.update(not_before=Now() + timedelta(minutes=5))

    assert sweep().rung == 0


def test_a_silent_workers_run_goes_back_to_the_queue_and_is_rung_for_at_once(cast: Cast):
    submission = a_submission(cast)
    a_claim(submission)
    later()

    assert sweep().lost == 1
    assert the_run(submission).state == "queued"
    assert queue.messages_waiting("grade.cpu") >= 1


def test_a_worker_that_is_heard_of_keeps_its_run(cast: Cast):
    submission = a_submission(cast)
    a_claim(submission)

    assert sweep().lost == 0
    assert the_run(submission).state == "running"


def test_a_run_that_would_rather_have_a_gpu_goes_to_a_cpu_after_the_stated_wait_and_says_so(cast: Cast, settings: Any):
    settings.GRADER_GPU_WAIT_S = 30
    cast.lab.device = "prefer-gpu"
    cast.lab.save()
    submission = a_submission(cast)

    assert sweep().fell_back == 0
    later(31)
    assert sweep().fell_back == 1
    run_record(a_claim(submission), a_result())

    run = the_run(submission)
    assert (run.queue, run.fell_back) == ("grade.cpu", True)
    ((code, values),) = run.notes
    assert code == "note.gpu_fallback"
    assert values["wait_s"] >= 31


def test_a_run_that_must_have_a_gpu_goes_on_waiting_for_one(cast: Cast):
    cast.lab.device = "gpu"
    cast.lab.save()
    submission = a_submission(cast)
    later(100_000)
    sweep()

    assert the_run(submission).queue == "grade.gpu"
    assert queue.messages_waiting("grade.gpu") == 1


def test_typed_answers_that_could_not_be_judged_in_their_request_are_judged_now(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    def broken(run: Run) -> None:
        raise RuntimeError("a bug of ours")

    with monkeypatch.context() as patched:
        patched.setattr("grader.submissions.typed.run_judge_now", broken)
        submission = submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "a"})
    later()
    Run.objects.update(not_before=None)

    assert sweep().judged == 1
    submission.refresh_from_db()
    assert (submission.state, cast.student.grades.get().score) == ("graded", 1)


def test_a_run_that_cannot_be_given_back_holds_up_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    poisoned, other = a_submission(cast), a_submission(cast, student=cast.classmate)
    typed = submission_receive(student=cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "a"})
    for submission in (poisoned, other):
        a_claim(submission)
    later()
    Run.objects.filter(submission=poisoned).update(lease_until=Now() - timedelta(hours=1))  # so it comes first
    give_up = claims.run_give_up_claim

    def broken(run: Run, *args: Any, **more: Any) -> Any:
        return 1 // 0 if run.submission == poisoned else give_up(run, *args, **more)

    monkeypatch.setattr(claims, "run_give_up_claim", broken)

    assert sweep().lost == 1
    assert (the_run(poisoned).state, the_run(other).state, the_run(typed).state) == ("running", "queued", "done")


def test_typed_answers_that_cannot_be_recorded_hold_up_no_others(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    sent = [
        submission_receive(student=person, assignment=cast.quiz, notebook=None, answers={"1.1": "a"})
        for person in (cast.student, cast.classmate)
    ]
    poisoned, _ = (Run.objects.create(submission=one, package_version=the_run(one).package_version, queue="none") for one in sent)
    later()
    finish = results.run_finish
    monkeypatch.setattr(
        results, "run_finish", lambda claim, found: 1 // 0 if claim.run_id == poisoned.pk else finish(claim, found)
    )

    sweep()

    assert (the_run(sent[0]).state, the_run(sent[1]).state) == ("running", "done")


def test_while_redis_is_away_the_sweep_does_the_rest(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    from celery import Celery

    away = Celery("away", broker="redis+socket:///nowhere/at/all", set_as_current=False)
    away.conf.update(broker_transport_options=queue.app.conf.broker_transport_options)
    lost, waiting = a_submission(cast), a_submission(cast, student=cast.classmate)
    a_claim(lost)
    later()

    with monkeypatch.context() as patched:
        patched.setattr(queue, "app", away)
        assert sweep() == Swept(lost=1, fell_back=0, judged=0, rung=0)
    assert (the_run(lost).state, the_run(waiting).state) == ("queued", "queued")


def test_a_worker_counts_as_present_until_it_was_silent_for_a_while(db: None):
    presence_say(Here("worker@here", ("grade.cpu", "grade.gpu"), 2, "full"))

    assert (workers_alive("grade.gpu"), workers_alive("notify")) == (1, 0)
    WorkerPresence.objects.update(seen_at=Now() - timedelta(seconds=100))
    assert workers_alive("grade.gpu") == 0
    WorkerPresence.objects.update(seen_at=Now() - timedelta(hours=1))
    sweep()
    assert not WorkerPresence.objects.exists()

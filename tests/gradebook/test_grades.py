from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grader.checks.values import Outcome, TaskStatus
from grader.events.models import Event
from grader.gradebook.models import Grade, GradeChange
from grader.gradebook.queries import attempts_of, grades_of
from grader.gradebook.services import grade_recompute, run_record
from tests.factories import Cast, a_cast, a_claim, a_result, a_submission, a_verdict, graded, the_run


def test_a_run_that_ends_leaves_run_verdicts_grade_history_and_event_together(cast: Cast):
    submission = graded(cast, 2.0)

    grade = Grade.objects.get(student=cast.student)
    change = grade.history.get()
    event = Event.objects.get(type="grade.changed")
    assert (submission.state, the_run(submission).score, grade.score, grade.version) == ("graded", 2, 2, 1)
    assert (change.version, change.score_from, change.score_to, change.reason, change.run_id) == (1, None, 2, "run", grade.run_id)
    assert event.data == {
        "grade_id": grade.public_id,
        "course": "small",
        "assignment": "lab",
        "external_user_id": "lms-student",
        "score": "2.00",
        "max_score": "3.00",
        "grade_version": 1,
        "reason": "run",
    }


def test_if_any_of_it_fails_nothing_of_it_is_written(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    submission = a_submission(cast)
    claim = a_claim(submission)
    monkeypatch.setattr("grader.gradebook.services.event_add", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        run_record(claim, a_result())

    assert (the_run(submission).state, the_run(submission).tasks.count()) == ("running", 0)
    assert not GradeChange.objects.exists()
    monkeypatch.undo()
    assert run_record(claim, a_result()) is not None


def test_a_submission_that_comes_in_shows_as_waiting_at_once(cast: Cast):
    submission = a_submission(cast)

    grade = Grade.objects.get()
    assert (grade.state, grade.score, grade.version, grade.latest_submission) == ("waiting", None, 0, submission.public_id)
    assert list(Event.objects.values_list("type", flat=True)) == ["submission.received"]


def test_a_better_attempt_makes_a_new_version_and_a_worse_one_does_not(cast: Cast):
    for points in (1.0, 3.0, 2.0):
        graded(cast, points)

    grade = Grade.objects.get()
    assert (grade.score, grade.version, grade.attempts) == (3, 2, 3)
    assert list(grade.history.values_list("version", "score_from", "score_to")) == [(1, None, 1), (2, 1, 3)]
    assert Event.objects.filter(type="grade.changed").count() == 2


def test_the_last_attempt_counts_where_the_assignment_says_so(cast: Cast):
    cast.lab.policy = "last"
    cast.lab.save()
    graded(cast, 3.0)
    graded(cast, 1.0)

    assert Grade.objects.get().score == 1


def test_after_the_due_date_an_attempt_is_late_by_the_databases_clock(cast: Cast):
    cast.lab.due_at = timezone.now() - timedelta(minutes=1)
    cast.lab.save()
    graded(cast)

    assert Grade.objects.get().late


def test_a_task_to_be_reviewed_shows_on_the_grade(cast: Cast):
    submission = a_submission(cast)
    verdict = a_verdict(0.0, outcome=Outcome.REVIEW, status=TaskStatus.REVIEW)
    run_record(a_claim(submission), a_result(0.0, tasks=(verdict,)))

    assert Grade.objects.get().state == "review"


def test_recomputing_changes_nothing_where_nothing_changed(cast: Cast):
    graded(cast, 2.0)
    before = Grade.objects.values("score", "version", "state", "run_id").get()

    grade_recompute(cast.student, cast.lab, reason="regrade", by=cast.teacher)

    assert Grade.objects.values("score", "version", "state", "run_id").get() == before


@pytest.mark.django_db(transaction=True)
def test_runs_that_end_at_the_same_moment_leave_the_best_score_and_one_history(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.submissions.services.UNDER_WAY", 9)
    cast = a_cast()
    points = [1.0, 3.0, 2.0, 0.5]
    claims = [(a_claim(a_submission(cast, cell=f"print({number})")), number) for number in points]

    def record(job: tuple[Any, float]) -> None:
        try:
            run_record(job[0], a_result(job[1]))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, claims))

    grade = Grade.objects.get()
    versions = list(grade.history.values_list("version", flat=True))
    assert grade.score == 3
    assert versions == list(range(1, grade.version + 1))
    assert Event.objects.filter(type="grade.changed").count() == grade.version


def test_attempts_come_newest_first_with_their_newest_run_in_two_queries(cast: Cast, django_assert_num_queries: Any):
    first, second = graded(cast, 1.0), graded(cast, 2.0)

    with django_assert_num_queries(2):
        attempts = attempts_of(cast.student, cast.lab)

    assert [(attempt.pk, attempt.latest and attempt.latest.score) for attempt in attempts] == [(second.pk, 2), (first.pk, 1)]
    assert grades_of(cast.student)[cast.lab.pk].score == 2


def test_a_score_cannot_change_without_a_version(cast: Cast):
    graded(cast, 2.0)

    with pytest.raises(IntegrityError, match="a new score needs a new version"):
        Grade.objects.update(score=3)


@pytest.mark.django_db(transaction=True)
def test_a_score_cannot_change_without_a_row_of_history():
    graded(a_cast(), 2.0)

    with pytest.raises(IntegrityError, match="has no history row"), transaction.atomic():
        Grade.objects.update(score=3, version=2)
    assert Grade.objects.get().score == 2


@pytest.mark.django_db(transaction=True)
def test_a_row_of_history_with_another_score_does_not_do():
    graded(a_cast(), 2.0)
    grade = Grade.objects.get()

    with pytest.raises(IntegrityError, match="has no history row"), transaction.atomic():
        GradeChange.objects.create(grade=grade, version=2, reason="override", score_from=2, score_to=1)
        Grade.objects.update(score=3, version=2)


def test_a_version_never_goes_back_and_a_grade_is_never_deleted(cast: Cast):
    graded(cast, 2.0)

    with pytest.raises(IntegrityError, match="version only grows"), transaction.atomic():
        Grade.objects.update(version=0)
    with pytest.raises(IntegrityError, match="can not be deleted"), transaction.atomic():
        Grade.objects.filter(pk=Grade.objects.get().pk)._raw_delete("default")


def test_history_cannot_be_rewritten(cast: Cast):
    graded(cast, 2.0)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        GradeChange.objects.update(score_to=3)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        GradeChange.objects.all().delete()

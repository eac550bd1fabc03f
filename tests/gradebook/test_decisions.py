"""People's words on grades and tasks: they apply, they are kept, and nobody's is lost to a faster one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from grader.checks.values import Outcome, TaskStatus
from grader.events.models import Event
from grader.gradebook.decisions import (
    OutOfRange,
    Overtaken,
    ReasonMissing,
    comment_add,
    decision_seen,
    override_set,
    override_withdraw,
    task_decide,
    task_undecide,
)
from grader.gradebook.models import Grade, Override, Review, TaskDecision
from grader.gradebook.services import grade_ensure, grade_recompute, run_record
from grader.submissions.models import Run, Submission
from tests.factories import Cast, a_cast, a_claim, a_not_judged, a_result, a_submission, a_verdict, graded, the_run


def the_grade(cast: Cast) -> Grade:
    return Grade.objects.get(student=cast.student, assignment=cast.lab)


def overridden(cast: Cast, score: float = 2.5, *, seen: int | None = None) -> Grade:
    grade = the_grade(cast)
    seen = grade.version if seen is None else seen
    return override_set(grade=grade, score=Decimal(str(score)), reason="The plot is right", by=cast.teacher, seen_version=seen)


def to_review(cast: Cast) -> Submission:
    """A lab whose only task a check could not decide."""
    submission = a_submission(cast)
    verdict = a_verdict(0.0, outcome=Outcome.REVIEW, status=TaskStatus.REVIEW)
    run_record(a_claim(submission), a_result(0.0, tasks=(verdict,)))
    submission.refresh_from_db()
    return submission


def test_an_override_leaves_grade_history_reason_and_event(cast: Cast):
    graded(cast, 1.0)

    grade = overridden(cast)

    change = grade.history.latest("version")
    assert (grade.score, grade.overridden, grade.version) == (Decimal("2.5"), True, 2)
    assert (change.reason, change.changed_by, change.comment) == ("override", cast.teacher, "The plot is right")
    assert (change.score_from, change.score_to) == (1, Decimal("2.5"))
    assert Event.objects.filter(type="grade.changed").latest("id").data["reason"] == "override"


def test_an_override_survives_a_better_attempt_and_its_withdrawal_brings_that_to_light(cast: Cast):
    graded(cast, 1.0)
    overridden(cast)
    graded(cast, 3.0)
    assert the_grade(cast).score == Decimal("2.5")

    grade = override_withdraw(grade=the_grade(cast), reason="A mistake", by=cast.teacher, seen_version=2)

    assert (grade.score, grade.overridden, grade.version) == (3, False, 3)
    assert grade.history.latest("version").comment == "A mistake"


def test_whoever_was_overtaken_changes_nothing_and_gets_the_newer_grade(cast: Cast):
    graded(cast, 1.0)
    overridden(cast, 2.0)

    with pytest.raises(Overtaken) as overtaken:
        overridden(cast, 3.0, seen=1)

    assert (overtaken.value.grade.score, overtaken.value.grade.version) == (2, 2)
    assert (the_grade(cast).score, Override.objects.count()) == (2, 1)


def test_an_override_by_the_same_points_is_a_version_of_its_own_so_that_another_notices_it(cast: Cast):
    graded(cast, 2.0)
    overridden(cast, 2.0)

    with pytest.raises(Overtaken):
        overridden(cast, 3.0, seen=1)


@pytest.mark.parametrize(("score", "problem"), [("-0.01", OutOfRange), ("3.01", OutOfRange), ("NaN", OutOfRange)])
def test_a_score_outside_of_what_there_is_to_earn_is_refused(cast: Cast, score: str, problem: type[Exception]):
    graded(cast, 2.0)

    with pytest.raises(problem):
        override_set(grade=the_grade(cast), score=Decimal(score), reason="r", by=cast.teacher, seen_version=1)

    assert the_grade(cast).score == 2


def test_no_reason_no_override(cast: Cast):
    graded(cast, 2.0)

    with pytest.raises(ReasonMissing):
        override_set(grade=the_grade(cast), score=Decimal(1), reason=" \x00 ", by=cast.teacher, seen_version=1)

    assert the_grade(cast).score == 2


def test_work_that_was_never_handed_in_may_be_given_points_and_taken_back(cast: Cast):
    grade = grade_ensure(cast.student, cast.lab)
    assert (grade.state, grade.score, grade.version) == ("none", None, 0)

    grade = override_set(grade=grade, score=Decimal(3), reason="Shown in class", by=cast.teacher, seen_version=0)
    assert (grade.state, grade.score, grade.version, grade.history.get().run) == ("graded", 3, 1, None)

    grade = override_withdraw(grade=grade, reason="Not he", by=cast.teacher, seen_version=1)
    assert (grade.state, grade.score, grade.version) == ("none", None, 2)
    assert Event.objects.latest("id").data["score"] is None


def test_words_of_people_are_never_rewritten(cast: Cast):
    submission = graded(cast, 1.0)
    overridden(cast)
    task_decide(submission=submission, task="2.1", points=Decimal(2), reason="Right", by=cast.teacher)
    comment_add(submission=submission, author=cast.teacher, text="Well done")

    for rows in (Override.objects.all(), TaskDecision.objects.all(), submission.comments.all()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows.delete()


def test_a_decision_on_a_task_changes_the_grade_and_says_who_and_why(cast: Cast):
    submission = graded(cast, 1.0)

    task_decide(submission=submission, task="2.1", points=Decimal("2.5"), reason="A rounding", by=cast.assistant)

    change = the_grade(cast).history.latest("version")
    assert the_grade(cast).score == Decimal("2.5")
    assert (change.reason, change.changed_by, change.comment) == ("review", cast.assistant, "A rounding")


def test_a_decision_holds_over_a_later_run_of_the_submission(cast: Cast):
    submission = graded(cast, 1.0)
    task_decide(submission=submission, task="2.1", points=Decimal(2), reason="Right", by=cast.teacher)
    Run.objects.create(submission=submission, package_version=the_run(submission).package_version)

    run_record(a_claim(submission), a_result(0.5))

    assert the_grade(cast).score == 2


def test_a_decision_taken_back_leaves_the_runs_points(cast: Cast):
    submission = graded(cast, 1.0)
    decision = task_decide(submission=submission, task="2.1", points=Decimal(2), reason="Right", by=cast.teacher)

    task_undecide(submission=submission, task="2.1", reason="Wrong after all", by=cast.teacher, seen=decision.pk)

    assert the_grade(cast).score == 1
    assert TaskDecision.objects.count() == 2


def test_of_two_who_decide_on_a_task_at_once_the_second_is_told(cast: Cast):
    submission = graded(cast, 1.0)
    seen = decision_seen(submission, "2.1")
    task_decide(submission=submission, task="2.1", points=Decimal(2), reason="Right", by=cast.teacher, seen=seen)

    with pytest.raises(Overtaken):
        task_decide(submission=submission, task="2.1", points=Decimal(0), reason="No", by=cast.assistant, seen=seen)

    assert the_grade(cast).score == 2


@pytest.mark.parametrize(("task", "points"), [("2.1", "3.5"), ("2.1", "-1"), ("9.9", "1")])
def test_points_that_a_task_does_not_have_are_refused(cast: Cast, task: str, points: str):
    submission = graded(cast, 1.0)

    with pytest.raises(OutOfRange):
        task_decide(submission=submission, task=task, points=Decimal(points), reason="r", by=cast.teacher)

    assert not TaskDecision.objects.exists()


def test_a_task_that_our_fault_left_unjudged_counts_once_a_person_judged_it(cast: Cast):
    submission = a_submission(cast)
    for _ in range(3):
        Run.objects.filter(pk=the_run(submission).pk).update(not_before=None)
        run_record(a_claim(submission), a_not_judged())
    assert (the_grade(cast).state, the_grade(cast).score) == ("problem", None)

    task_decide(submission=submission, task="2.1", points=Decimal(2), reason="I looked myself", by=cast.teacher)

    assert (the_grade(cast).state, the_grade(cast).score) == ("graded", 2)


def test_the_run_that_a_regrade_chose_speaks_in_place_of_the_newest(cast: Cast):
    submission = graded(cast, 3.0)
    first = the_run(submission)
    Run.objects.create(submission=submission, package_version=first.package_version)
    run_record(a_claim(submission), a_result(1.0))
    assert the_grade(cast).score == 1

    Submission.objects.filter(pk=submission.pk).update(speaking_run=first)
    grade_recompute(cast.student, cast.lab, reason="regrade", by=cast.teacher)

    assert (the_grade(cast).score, the_grade(cast).run_id) == (3, first.pk)


def test_a_decision_answers_the_review_that_waits(cast: Cast):
    submission = to_review(cast)
    assert (the_grade(cast).state, the_grade(cast).reviews_open) == ("review", 1)

    decision = task_decide(submission=submission, task="2.1", points=Decimal(3), reason="The answer fits", by=cast.teacher)

    review = Review.objects.get()
    assert (review.state, review.decision, review.decided_by) == ("decided", decision, cast.teacher)
    assert review.answer == "The answer fits"
    assert (the_grade(cast).state, the_grade(cast).reviews_open, the_grade(cast).score) == ("graded", 0, 3)


def test_taking_a_decision_back_opens_the_review_again(cast: Cast):
    submission = to_review(cast)
    decision = task_decide(submission=submission, task="2.1", points=Decimal(3), reason="Fits", by=cast.teacher)

    task_undecide(submission=submission, task="2.1", reason="No", by=cast.teacher, seen=decision.pk)

    assert list(Review.objects.values_list("state", flat=True)) == ["decided", "open"]
    assert (the_grade(cast).state, the_grade(cast).reviews_open) == ("review", 1)


@pytest.mark.django_db(transaction=True)
def test_of_overrides_made_in_the_same_moment_one_is_taken_and_the_others_are_told():
    cast = a_cast()
    graded(cast, 1.0)

    def decide(score: int) -> str:
        try:
            overridden(cast, score, seen=1)
        except Overtaken:
            return "overtaken"
        finally:
            connection.close()
        return "taken"

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(decide, [0, 2, 3]))

    assert sorted(said) == ["overtaken", "overtaken", "taken"]
    assert (Override.objects.count(), the_grade(cast).version) == (1, 2)

"""A regrade: judged beside what stands, applied and undone whole, whenever it is stopped."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assignments.models import Assignment
from assignments.services import course_load
from grader.gradebook.models import Grade, GradeChange, Regrade, RegradeItem
from grader.gradebook.regrading import steps
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import (
    RegradeRefused,
    regrade_apply,
    regrade_drop,
    regrade_retry,
    regrade_start,
    regrade_undo,
)
from grader.gradebook.regrading.steps import regrade_step, regrades_to_step
from grader.gradebook.services import run_record, submission_receive
from grader.submissions.claims import run_claim
from grader.submissions.models import Run, RunState, Submission
from tests.factories import Cast, a_course_folder, a_result, a_submission, graded

pytestmark = pytest.mark.django_db


def quizzed(cast: Cast, student=None, number: str = "50") -> Submission:
    """A quiz handed in: the choice is right (1 point), the number worth 2 where it is 50."""
    return submission_receive(
        student=student or cast.student, assignment=cast.quiz, notebook=None, answers={"1.1": "a", "1.2": number}
    )


def started(cast: Cast, assignment: Assignment | None = None, scope: Scope | None = None, **fields) -> Regrade:
    return regrade_start(
        assignment=assignment or cast.quiz, scope=scope or Scope(), by=cast.teacher, reason="The key was wrong", **fields
    )


def stepped(regrade: Regrade, batch: int = 100) -> Regrade:
    while regrade_step(regrade.pk, batch=batch):
        pass
    regrade.refresh_from_db()
    return regrade


def worked(regrade: Regrade, points: float) -> Regrade:
    """As if a worker had judged its dry runs."""
    for item in regrade.items.filter(state="waiting"):
        assert item.run_after is not None
        claim = run_claim(item.run_after.pk, "worker-1", item.run_after.queue)
        assert claim is not None
        run_record(claim, a_result(points))
    return stepped(regrade)


def ready(cast: Cast, before: float, after: float) -> tuple[Submission, Regrade]:
    submission = graded(cast, before)
    return submission, worked(started(cast, cast.lab), after)


def applied(cast: Cast, regrade: Regrade, *, never_lower: bool = False) -> Regrade:
    regrade_apply(regrade, by=cast.teacher, never_lower=never_lower)
    return stepped(regrade)


def undone(cast: Cast, regrade: Regrade) -> Regrade:
    regrade_undo(regrade, by=cast.teacher)
    return stepped(regrade)


def score(submission: Submission) -> Decimal | None:
    return Grade.objects.get(student=submission.student, assignment=submission.assignment).score


def history(submission: Submission) -> list[tuple[str, Decimal | None]]:
    rows = GradeChange.objects.filter(grade__student=submission.student, grade__assignment=submission.assignment)
    return [(row.reason, row.score_to) for row in rows]


def states(regrade: Regrade) -> list[str]:
    return list(regrade.items.order_by("id").values_list("state", flat=True))


def test_typed_answers_are_judged_again_without_a_worker(cast):
    quizzed(cast)

    regrade = stepped(started(cast))

    assert (regrade.state, states(regrade)) == ("ready", ["judged"])
    assert Run.objects.filter(purpose="dry_run", state=RunState.DONE, score=3).count() == 1


def test_nobody_sees_a_dry_run(cast):
    submission, regrade = ready(cast, 1, 3)

    submission.refresh_from_db()
    assert regrade.state == "ready"
    assert (score(submission), submission.speaking_run, submission.state) == (1, None, "graded")
    assert history(submission) == [("run", 1)]


def test_what_is_applied_speaks_and_says_why(cast):
    submission, regrade = ready(cast, 1, 3)

    regrade = applied(cast, regrade)

    assert (regrade.state, states(regrade), score(submission)) == ("applied", ["applied"], 3)
    change = GradeChange.objects.latest("id")
    assert (change.reason, change.comment, change.changed_by) == ("regrade", "The key was wrong", cast.teacher)
    assert (change.score_from, change.score_to) == (1, 3)


def test_what_is_undone_is_as_it_was_with_its_own_history(cast):
    submission, regrade = ready(cast, 1, 3)

    regrade = undone(cast, applied(cast, regrade))

    submission.refresh_from_db()
    assert (regrade.state, states(regrade)) == ("undone", ["undone"])
    assert (score(submission), submission.speaking_run) == (1, None)
    assert history(submission) == [("run", 1), ("regrade", 3), ("regrade", 1)]


def test_never_lower_keeps_what_would_lose(cast):
    submission, regrade = ready(cast, 3, 1)

    regrade = applied(cast, regrade, never_lower=True)

    assert (states(regrade), score(submission)) == (["kept"], 3)


def test_points_are_lost_where_that_is_wanted(cast):
    submission, regrade = ready(cast, 3, 1)

    applied(cast, regrade, never_lower=False)

    assert score(submission) == 1


def test_what_comes_out_the_same_is_left_alone(cast):
    submission, regrade = ready(cast, 3, 3)

    regrade = applied(cast, regrade)

    submission.refresh_from_db()
    assert (states(regrade), submission.speaking_run) == (["kept"], None)


@pytest.mark.parametrize("way", ["apply", "undo"])
def test_killed_between_two_items_nothing_is_lost_or_doubled(cast, way, monkeypatch):
    submissions = [graded(cast, 1, student=student) for student in (cast.student, cast.classmate)]
    regrade = worked(started(cast, cast.lab), 3)
    if way == "undo":
        regrade = applied(cast, regrade)
        regrade_undo(regrade, by=cast.teacher)
    else:
        regrade_apply(regrade, by=cast.teacher, never_lower=False)
    whole = steps.grade_recompute
    calls = []

    def killed(*args, **fields):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt  # as a worker ends that is told to stop at once: in the second item's transaction
        return whole(*args, **fields)

    monkeypatch.setattr(steps, "grade_recompute", killed)
    with pytest.raises(KeyboardInterrupt):
        regrade_step(regrade.pk)
    monkeypatch.setattr(steps, "grade_recompute", whole)
    assert [score(one) for one in submissions] in ([3, 1], [1, 3])
    assert regrades_to_step() == [regrade.pk]

    stepped(regrade)
    stepped(regrade)  # the message that the killed worker had not acknowledged comes again

    expected = [("run", 1), ("regrade", 3)] + ([("regrade", 1)] if way == "undo" else [])
    assert [history(one) for one in submissions] == [expected, expected]
    assert regrades_to_step() == []


def test_a_batch_at_a_time_comes_to_the_same(cast):
    submissions = [graded(cast, 1, student=student) for student in (cast.student, cast.classmate)]
    regrade = worked(started(cast, cast.lab), 3)

    regrade_apply(regrade, by=cast.teacher, never_lower=False)
    assert regrade_step(regrade.pk, batch=1)
    assert sorted(states(regrade)) == ["applied", "judged"]

    assert stepped(regrade, batch=1).state == "applied"
    assert [score(one) for one in submissions] == [3, 3]


def test_an_upload_after_the_dry_run_is_none_of_its_business(cast):
    first, regrade = ready(cast, 1, 2)
    second = graded(cast, 3)

    applied(cast, regrade)

    assert score(first) == 3  # the best counts
    assert Submission.objects.get(pk=second.pk).speaking_run is None


def test_what_changed_since_the_dry_run_is_kept(cast):
    submission, first = ready(cast, 1, 2)
    second = worked(started(cast, cast.lab), 3)

    applied(cast, first)
    second = applied(cast, second)

    assert (states(second), score(submission)) == (["kept"], 2)


def test_a_regrade_that_another_stands_on_is_undone_after_it(cast):
    submission, first = ready(cast, 1, 2)
    applied(cast, first)
    second = applied(cast, worked(started(cast, cast.lab), 3))

    with pytest.raises(RegradeRefused, match="later_one"):
        regrade_undo(first, by=cast.teacher)
    undone(cast, second)
    assert score(submission) == 2
    undone(cast, first)

    assert score(submission) == 1


def test_what_we_failed_to_judge_stays_and_can_be_tried_again(cast):
    submission = graded(cast, 1)
    regrade = started(cast, cast.lab)
    Run.objects.filter(purpose="dry_run").update(state=RunState.QUARANTINED)
    regrade = stepped(regrade)
    assert (regrade.state, states(regrade)) == ("ready", ["failed"])

    regrade_retry(regrade)
    regrade = applied(cast, worked(regrade, 3))

    assert (states(regrade), score(submission)) == (["applied"], 3)


def test_a_dropped_one_runs_no_further(cast):
    graded(cast, 1)
    regrade = started(cast, cast.lab)

    regrade_drop(regrade, by=cast.teacher)

    assert Run.objects.get(purpose="dry_run").state == RunState.CANCELLED
    assert regrades_to_step() == []
    with pytest.raises(RegradeRefused, match="other_state"):
        regrade_apply(regrade, by=cast.teacher, never_lower=True)


def test_a_quarantined_submission_is_graded_by_it(cast):
    submission = a_submission(cast)
    Run.objects.filter(submission=submission).update(state=RunState.QUARANTINED)
    Submission.objects.filter(pk=submission.pk).update(state="quarantined")

    regrade = applied(cast, worked(started(cast, cast.lab), 2))
    submission.refresh_from_db()
    assert (submission.state, score(submission)) == ("graded", 2)

    undone(cast, regrade)
    submission.refresh_from_db()
    assert submission.state == "quarantined"


@pytest.mark.parametrize(
    ("scope", "chosen"),
    [
        (Scope(), [1, 2]),
        (Scope(which="latest"), [2]),
        (Scope(which="counting"), [1]),
        (Scope(states=("broken",)), []),
        (Scope(task="1.2", answer="50,0"), [1]),
        (Scope(task="1.2", answer="48"), [2]),
    ],
)
def test_a_scope_chooses_attempts(cast, scope, chosen):
    quizzed(cast, number="50")
    quizzed(cast, number="48")

    if not chosen:
        with pytest.raises(RegradeRefused, match="nobody"):
            started(cast, scope=scope)
        return
    regrade = started(cast, scope=scope)

    assert list(regrade.items.order_by("id").values_list("submission__attempt", flat=True)) == chosen
    assert Scope.of(Regrade.objects.get(pk=regrade.pk).scope) == scope


def test_a_version_with_fewer_tasks_judges_what_it_asks(cast, tmp_path):
    submission = quizzed(cast)
    folder = a_course_folder(tmp_path)
    file = folder / "quiz" / "assignment.yaml"
    file.write_text(file.read_text("utf-8").partition('  - id: "1.2"')[0], "utf-8")
    for lang in ("ru", "en"):
        text = folder / "quiz" / f"{lang}.md"
        text.write_text(text.read_text("utf-8").partition("## 1.2")[0], "utf-8")
    course_load(folder)
    cast.quiz.refresh_from_db()

    regrade = applied(cast, stepped(started(cast)))

    assert (states(regrade), score(submission)) == (["applied"], 1)


def test_given_students_only(cast):
    quizzed(cast)
    quizzed(cast, cast.classmate)

    regrade = started(cast, scope=Scope(students=(cast.classmate.public_id,)))

    assert [item.submission.student for item in RegradeItem.objects.filter(regrade=regrade)] == [cast.classmate]


def test_a_reason_is_asked_for(cast):
    quizzed(cast)

    with pytest.raises(RegradeRefused, match="no_reason"):
        regrade_start(assignment=cast.quiz, scope=Scope(), by=cast.teacher, reason="  ")

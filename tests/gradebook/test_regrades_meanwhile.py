"""What happens while a regrade is under way: it is killed, others upload or decide, another regrade comes after it."""

from __future__ import annotations

import pytest

from grader.gradebook.regrading import steps
from grader.gradebook.regrading.services import (
    RegradeRefused,
    regrade_apply,
    regrade_retry,
    regrade_undo,
)
from grader.gradebook.regrading.steps import regrade_step, regrades_to_step
from grader.submissions.models import Run, RunState, Submission
from tests.factories import graded
from tests.gradebook.regrading import applied, history, ready, score, started, states, stepped, undone, worked

pytestmark = pytest.mark.django_db


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

"""A regrade is looked at before anything changes, applied, and undone; each with its history."""

from __future__ import annotations

import pytest

from grader.gradebook.models import GradeChange
from grader.gradebook.regrading.services import (
    RegradeRefused,
    regrade_apply,
    regrade_drop,
)
from grader.gradebook.regrading.steps import regrades_to_step
from grader.submissions.models import Run, RunState, Submission
from tests.factories import a_submission, graded
from tests.gradebook.regrading import applied, history, quizzed, ready, score, started, states, stepped, undone, worked

pytestmark = pytest.mark.django_db


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

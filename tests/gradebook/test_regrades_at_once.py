"""Regrades that meet: two applied in the same moment, and one about a task that is not there."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from grader.gradebook.models import Regrade, RegradeItem
from grader.gradebook.regrading.scope import Scope
from grader.gradebook.regrading.services import RegradeRefused, regrade_apply, regrade_start
from grader.gradebook.regrading.steps import regrade_step
from grader.submissions.models import Submission
from tests.factories import Cast, graded
from tests.gradebook.regrading import started, worked


@pytest.mark.django_db(transaction=True)
def test_of_two_regrades_applied_at_once_the_later_one_sees_what_the_first_one_did(cast: Cast):
    submission = graded(cast, 1.0)
    first, second = (worked(started(cast, cast.lab), points) for points in (2.0, 3.0))
    regrade_apply(second, by=cast.teacher, never_lower=False)
    of_first = first.items.get()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # the first one is here, and has not committed
            Submission.objects.filter(pk=submission.pk).update(speaking_run=of_first.run_after)
            step = pool.submit(step_alone, second)
            time.sleep(0.5)
            assert not step.done()
        step.result(10)

    submission.refresh_from_db()
    assert submission.speaking_run == of_first.run_after
    assert second.items.get().state == RegradeItem.State.KEPT


def step_alone(regrade: Regrade) -> None:
    try:
        regrade_step(regrade.pk)
    finally:
        connection.close()


@pytest.mark.parametrize("scope", [Scope(task="9.9", answer="50"), Scope(task="2.1", answer="x" * 300_000)])
def test_a_task_or_an_answer_that_is_not_there_is_nobodys(cast: Cast, scope: Scope):
    graded(cast, 1.0)

    with pytest.raises(RegradeRefused, match="nobody"):
        regrade_start(assignment=cast.lab, scope=scope, by=cast.teacher, reason="Why")

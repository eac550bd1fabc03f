from __future__ import annotations

import pytest

from grader.checks import judge, registry
from grader.checks.kinds.choice import Choice
from grader.checks.values import Answer, CheckSpec, Evidence, TaskStatus
from tests.checks.makers import COUNT, DEEP, LINEAR, a_task


@pytest.mark.parametrize(
    ("task", "typed", "status"),
    [
        (LINEAR, "0,83", TaskStatus.PASSED),
        (LINEAR, "0.5", TaskStatus.FAILED),
        (COUNT, "118 282", TaskStatus.PASSED),
        (COUNT, "118281", TaskStatus.FAILED),
        (a_task(CheckSpec("choice", Choice("a", options=("a", "b")), 1), task_id="2.1"), "a", TaskStatus.PASSED),
    ],
)
def test_typed_alone_only_the_typed_part_is_judged(task, typed, status):
    (result,) = judge([task], Evidence(answers={task.id: Answer(text=typed)}), typed_only=True)

    assert result.status is status
    assert all(registry.KINDS[check.kind].typed for check in result.checks)


def test_a_task_without_a_typed_part_says_that_it_needs_the_notebook():
    assert judge([DEEP], Evidence(), typed_only=True)[0].code == "task.needs_notebook"

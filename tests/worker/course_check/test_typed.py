"""Answers with one thing off are wrong, and the right one is read out of the key."""

from __future__ import annotations

from pathlib import Path

import pytest

import assignments
from assignments.package import load_assignment, load_course, read_answers
from assignments.package.values import AssignmentPackage, Task
from grader.checks import judge
from grader.checks.values import Evidence, TaskStatus
from worker.course_check import typed
from worker.course_check.cases import reference_answers

TEMPLATE = load_course(Path(assignments.__file__).parent / "courses" / "template")
QUIZ = next(one for one in TEMPLATE.assignments if one.slug == "quiz")
TASKS = {task.id: task for task in QUIZ.tasks}


def status(package: AssignmentPackage, task: Task, raw: object) -> TaskStatus:
    return judge([task.spec], Evidence(answers=read_answers(package, {task.id: raw})), typed_only=True)[0].status


@pytest.mark.parametrize("task", QUIZ.tasks, ids=lambda task: task.widget.kind)
def test_the_answer_that_the_key_says_is_right_and_every_mutant_of_it_is_not(task: Task) -> None:
    right = reference_answers(QUIZ)[task.id]

    assert status(QUIZ, task, right) is TaskStatus.PASSED
    wrong = dict(typed.mutants(task, right))
    assert len(wrong) > 1
    assert {name for name, raw in wrong.items() if status(QUIZ, task, raw) is TaskStatus.PASSED} == set()


def test_the_mutants_of_choices_are_one_option_more_and_less():
    assert [name for name, _ in typed.mutants(TASKS["1.2"], ["mean", "median"])] == [
        "one option less: mean", "one option less: median", "one option more: deviation", "one option more: range",
        "every option", "empty",
    ]  # fmt: skip


def test_the_mutants_of_an_expression_are_other_code():
    package = load_assignment(Path(assignments.__file__).parent / "courses/dl2/15", "dl2")
    task = package.tasks[1]

    assert [raw for _, raw in typed.mutants(task, "t1[2,:]=1")] == ["t1[2, :] = 2", "t1[3, :] = 1", "t1[2,:]==1", "t1[2, :]", ""]

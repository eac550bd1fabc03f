"""A made-up result of homework 13 of DL-2, as README shows it: one network passes, one falls short of its threshold."""

from __future__ import annotations

from typing import Any

from assignments.models import Assignment
from grader.accounts.models import User
from grader.checks.values import Outcome, RunFacts, TaskStatus
from grader.gradebook.services import submission_receive
from grader.submissions.models import Submission
from grader.submissions.report import LayerReport, Report, SplitReport
from grader.submissions.values import Artefact, Receipt, RunResult
from tests.pages.reports import VIEW, a_model
from tests.pages.world import NOTEBOOK, check, record, task


def submission_of_13(student: User) -> Submission:
    assignment = Assignment.objects.get(course__slug="dl2", slug="13")
    answers = {"13.1": "0.84", "13.2": "0.86", "13.3": "118282"}
    submission = submission_receive(
        student=student, assignment=assignment, notebook=NOTEBOOK, notebook_name="fashion_mnist.ipynb", answers=answers
    )
    return record(submission, _result())


def _result() -> RunResult:
    good, bad = Outcome.PASSED, Outcome.FAILED
    known: dict[str, Any] = {"images": 5000, "preparation": "unit"}
    fine = check("accuracy", good, "accuracy.passed", 3, 3, measured=0.8388, bound=0.82, **known)
    short = check("accuracy", bad, "accuracy.below", 0, 4, measured=0.8462, bound=0.86, more=69, **known)
    built = check("architecture", good, "architecture.passed", 0, 0)
    typed = check("typed_accuracy", good, "typed_accuracy.passed", 0, 0, typed=0.84)
    counted = check("parameter_count", good, "parameter_count.passed", 3, 3, counted=118282)
    tasks = (
        task("13.1", TaskStatus.PASSED, built, fine, typed, candidate="linear"),
        task("13.2", TaskStatus.FAILED, built, short, typed, candidate="deep"),
        task("13.3", TaskStatus.PASSED, counted, candidate="deep"),
    )
    return RunResult(
        status="graded",
        run=RunFacts("ok"),
        tasks=tasks,
        score=6.0,
        max_score=10.0,
        receipt=Receipt(package_digest="a" * 64, runtime_lock="b" * 64, checks_version="2026.11", engine="bubblewrap"),
        timings_ms={"running": 41_000.0},
        artefacts=(Artefact("executed.ipynb", NOTEBOOK), Artefact("notebook.json", VIEW)),
        report=Report(models=(_deep(), _linear()), caught=2),
    )


CONFUSED = {
    (0, 6): 94,
    (6, 0): 104,
    (6, 2): 51,
    (6, 4): 47,
    (3, 0): 29,
    (2, 4): 76,
    (4, 2): 68,
    (5, 7): 32,
    (9, 7): 28,
    (7, 9): 23,
}
REST = 7  # images of every second other pair


def _deep() -> Any:
    """769 of 5,000 wrong, so that 69 more right ones would have been enough."""
    rows = [[0] * 10 for _ in range(10)]
    for true in range(10):
        for said in range(10):
            rows[true][said] = CONFUSED.get((true, said), REST * int((true + said) % 2 == 0 and true != said))
        rows[true][true] = 500 - sum(rows[true][:true] + rows[true][true + 1 :])
    right = sum(rows[true][true] for true in range(10))
    scores = {"held_out": SplitReport(right, 5000, "unit"), "validation": SplitReport(8512, 10_000, "unit")}
    return a_model("deep", ("13.2", "13.3"), confusion=tuple(map(tuple, rows)), accuracy=scores)


def _linear() -> Any:
    layers = (LayerReport("Flatten", 0, (None, 784)), LayerReport("Dense", 7850, (None, 10), "softmax"))
    scores = {"held_out": SplitReport(4194, 5000, "unit"), "validation": SplitReport(8401, 10_000, "unit")}
    facts: dict[str, Any] = {"layers": layers, "parameters": 7850, "trainable_parameters": 7850, "accuracy": scores}
    return a_model("linear", ("13.1",), confusion=(), curve={}, **facts)

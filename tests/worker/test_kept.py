"""A run is judged again from the evidence that it left: no student's code runs, and the verdicts are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

from grader.submissions.values import RunResult
from tests.worker.makers import INPUTS, RIGHT, SUMS, an_order, graded, points
from worker import pipeline
from worker.slots import Slot


def evidence(result: RunResult) -> bytes:
    return next(artefact.content for artefact in result.artefacts if artefact.name == "evidence.zip")


def test_the_same_verdicts_come_from_kept_evidence_without_running_the_notebook(slot: Slot) -> None:
    first = graded(slot, *RIGHT, "nonsense()")

    again = pipeline.grade(an_order(*RIGHT, "nonsense()", evidence=evidence(first)), slot=slot)

    assert again.tasks == first.tasks
    assert (again.run, again.score) == (first.run, first.score)
    assert again.receipt.evidence_digest == first.receipt.evidence_digest
    assert (first.receipt.sandboxes, again.receipt.sandboxes) == (3, 0)
    assert evidence(again) == evidence(first)


def test_a_new_key_is_judged_on_what_was_kept(slot: Slot, tmp_path: Path) -> None:
    package = Path(shutil.copytree(SUMS, tmp_path / "sums"))
    first = pipeline.grade(an_order(*RIGHT, typed="5", package=package), slot=slot)
    file = package / "assignment.yaml"
    file.write_text(file.read_text().replace("equals: 4", "equals: 5"))

    again = pipeline.grade(an_order(*RIGHT, typed="5", package=package, evidence=evidence(first)), slot=slot)

    assert (points(first)["1.2"], points(again)["1.2"]) == (0.0, 1.0)
    assert again.receipt.sandboxes == 0


def test_a_notebook_runs_again_where_its_sandboxes_would_be_asked_something_else(slot: Slot, tmp_path: Path) -> None:
    package = Path(shutil.copytree(SUMS, tmp_path / "sums"))
    first = pipeline.grade(an_order(INPUTS, "result = 21", package=package), slot=slot)
    file = package / "assignment.yaml"
    file.write_text(file.read_text().replace("run_s: 20", "run_s: 25"))

    again = pipeline.grade(an_order(INPUTS, "result = 21", package=package, evidence=evidence(first)), slot=slot)

    assert again.receipt.sandboxes == 3


def test_an_archive_that_can_not_be_read_costs_nothing_but_a_run(slot: Slot) -> None:
    result = pipeline.grade(an_order(*RIGHT, evidence=b"PK not an archive"), slot=slot)

    assert (result.score, result.receipt.sandboxes) == (4.0, 3)

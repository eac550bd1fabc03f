from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.checks.values import Accuracy, Layer, ModelEvidence, TaskStatus, TaskVerdict
from grader.submissions import report
from worker.zone_c_trusted import verdicts
from worker.zone_c_trusted.report import confusion, report_of

LABELS = bytes([0, 0, 1, 9])


def a_model(name: str = "main-m000", **facts: Any) -> ModelEvidence:
    fixed: dict[str, Any] = {"accuracy": {"held_out": Accuracy(0.5, 4, "unit")}, "curve": {"loss": (0.5, 0.25)}}
    layers = (Layer("Dense", 7850, 10, "softmax", (None, 10)),)
    return ModelEvidence(name, "keras", "net", 3, layers, 7850, 7850, **(fixed | facts))


def a_verdict(task: str, candidate: str | None) -> TaskVerdict:
    return TaskVerdict(task, TaskStatus.PASSED, 1.0, 1.0, "accuracy.passed", {}, (), None, candidate, "net")


@pytest.fixture
def probe(tmp_path: Path) -> Iterator[int]:
    """Zone B's directory, in which the model says 0, 1, 1 and no number; labels lie beside it."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "held_out.bin").write_bytes(LABELS)
    (tmp_path / "probed").mkdir()
    (tmp_path / "probed" / "main-m000-held_out-unit.bin").write_bytes(bytes([0, 1, 1, 255]))
    number = os.open(tmp_path / "probed", os.O_RDONLY)
    yield number
    os.close(number)


def test_images_are_counted_by_what_they_show_and_what_the_model_said(probe: int, tmp_path: Path) -> None:
    counted = confusion(a_model(), [probe], tmp_path / "labels")

    assert (counted[0][:2], counted[1][:2]) == ((1, 1), (0, 1))
    assert sum(map(sum, counted)) == 3  # an output that is no number is in no column


def test_only_models_that_tasks_were_judged_on_are_told_of(probe: int, tmp_path: Path) -> None:
    models = (a_model(), a_model("main-m001"))

    told = report_of(models, [a_verdict("1", "main-m000"), a_verdict("2", "main-m000"), a_verdict("3", None)], [probe],
                     tmp_path / "labels", matrices=True)  # fmt: skip

    assert [(model.id, model.tasks, model.cell) for model in told.models] == [("main-m000", ("1", "2"), 3)]
    assert told.caught == 2
    assert told.models[0].layers == (report.LayerReport("Dense", 7850, (None, 10), "softmax"),)
    assert told.models[0].accuracy == {"held_out": report.SplitReport(2, 4, "unit")}


@pytest.mark.parametrize(("rebuilt", "matrices"), [(False, True), (True, False)])
def test_there_is_no_matrix_of_what_a_process_says_itself_or_of_data_that_is_not_split_anew(
    probe: int, tmp_path: Path, rebuilt: bool, matrices: bool
) -> None:
    told = report_of([a_model(rebuilt=rebuilt)], [a_verdict("1", "main-m000")], [probe], tmp_path / "labels", matrices=matrices)

    assert told.models[0].confusion == ()


def test_a_curve_with_a_number_that_is_none_is_left_out_and_the_others_stay(probe: int, tmp_path: Path) -> None:
    model = a_model(curve={"loss": (0.5, float("nan")), "accuracy": (0.1234567,)})

    told = report_of([model], [a_verdict("1", "main-m000")], [probe], tmp_path / "labels", matrices=True)

    assert told.models[0].curve == {"accuracy": (0.123457,)}
    assert report.load(report.as_json(told)) == told


def test_a_report_that_is_not_of_the_shape_costs_no_verdict() -> None:
    line = verdicts.dump(verdicts.Verdicts((a_verdict("1", None),), report=report.Report(caught=-1)))

    found = verdicts.load(line.encode())

    assert [task.id for task in found.tasks] == ["1"]
    assert found.report == report.NOTHING

"""A long training is cut short where it is how a net is built that must be noticed; the whole training decides where not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assignments.package import load_assignment
from tests.plugins.warm_worker import WarmWorker
from tests.worker.makers import CLOTHES
from worker.course_check import cases
from worker.course_check.keep import Kept
from worker.course_check.run import tried


@pytest.mark.slow
def test_another_width_is_seen_after_a_batch_and_missing_biases_only_by_training(tmp_path: Path, warm_worker: WarmWorker) -> None:
    folder = Path(shutil.copytree(CLOTHES, tmp_path / "clothes"))
    file = folder / "assignment.yaml"
    file.write_text(file.read_text("utf-8").replace("expected_s: 20", "expected_s: 60"), "utf-8")
    made = [case for case in cases.of(load_assignment(folder, ""), 1) if case.name.startswith(("width +1", "biases off"))]

    found = tried(made, Kept(tmp_path / "kept"), warm_worker.ready("torch"), lambda _: None)

    wider, unbiased = (found[case] for case in made)
    assert (wider.short, wider.tasks["1.2"][0].code) == (True, "architecture.outputs")
    assert (unbiased.short, unbiased.points) == (False, 4.0)

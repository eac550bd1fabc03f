"""After a near miss the notebook is trained twice more, with other seeds, in the whole pipeline."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.checks.kinds.accuracy import deviation
from grader.checks.values import TaskStatus
from tests.worker.makers import CLOTHES, an_order
from tests.worker.test_fallback import DATA
from worker import pipeline
from worker.slots import Slot


@pytest.fixture
def slot(torch_slot: Slot) -> Slot:
    return torch_slot


def test_the_further_runs_have_other_seeds_and_all_three_figures_are_told(slot: Slot, tmp_path: Path) -> None:
    package = Path(shutil.copytree(CLOTHES, tmp_path / "clothes"))
    train = (
        "torch.manual_seed(0)\nmodel = torch.nn.Sequential(torch.nn.Linear(784, 10))\n"
        "step = torch.optim.Adam(model.parameters(), 1e-3)\n"
        "for at in torch.randint(0, 19000, (40,)).tolist():\n"
        "    loss = torch.nn.functional.cross_entropy(model(x[at:at + 100]), y[at:at + 100])\n"
        "    step.zero_grad(); loss.backward(); step.step()"
    )
    first = pipeline.grade(an_order(DATA, train, package=package), slot=slot)
    measured = float(str(first.tasks[0].checks[0].values["measured"]))
    file = package / "assignment.yaml"
    bound = measured + 1.5 * (measured * (1 - measured) / 1000) ** 0.5  # so that it is a near miss
    file.write_text(file.read_text().replace("at_least: 0.7", f"at_least: {bound:.4f}"))

    result = pipeline.grade(an_order(DATA, train, package=package), slot=slot)

    tries = [result.tasks[0].values[f"try_{number}"] for number in (1, 2, 3)]
    assert tries[0] == measured
    assert len(set(tries)) == 3, tries
    best = max(float(str(figure)) for figure in tries)
    assert (result.tasks[0].status is TaskStatus.PASSED) == (best >= bound - deviation(bound, 1000))
    assert result.notes == (("note.near_miss", {}),)
    archive = next(artefact.content for artefact in result.artefacts if artefact.name == "evidence.zip")
    again = pipeline.grade(an_order(DATA, train, package=package, evidence=archive), slot=slot)
    assert again.tasks == result.tasks

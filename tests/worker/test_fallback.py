"""A model that can't be taken as plain data is asked what it predicts, in a further run; how it is built goes to a person."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from grader.checks.values import Outcome, TaskStatus
from grader.submissions.values import RunResult
from tests.worker.makers import CLOTHES, an_order
from worker import pipeline
from worker.slots import Slot

DATA = """
import gzip, glob, numpy as np, torch
folder = glob.glob("/box/.keras/datasets/fashion-mnist")[0]
def read(name, skip, *shape):
    return np.frombuffer(gzip.open(f"{folder}/{name}-ubyte.gz").read(), np.uint8, offset=skip).reshape(-1, *shape)
x = torch.tensor(read("train-images-idx3", 16, 784)[:20000]) / 255
y = torch.tensor(read("train-labels-idx1", 8)[:20000]).long()
"""
TRAIN = """
torch.manual_seed(0)
model = Net()
step = torch.optim.Adam(model.parameters(), 1e-3)
for epoch in range(EPOCHS):
    for at in range(0, len(x), 250):
        loss = torch.nn.functional.cross_entropy(model(x[at:at + 250]), y[at:at + 250])
        step.zero_grad(); loss.backward(); step.step()
"""
BRANCHING = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.f = torch.nn.Linear(784, 10)
    def forward(self, x):
        if x.sum() > 1e12:
            return self.f(x) * 0
        return self.f(x)
"""
KERAS = """
import os; os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
class Scaled(keras.layers.Layer):
    def call(self, x): return x * 1.0
model = keras.Sequential([keras.Input((784,)), Scaled(), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x.numpy(), y.numpy(), epochs=3, batch_size=100, verbose=0)
"""


@pytest.fixture
def slot(torch_slot: Slot) -> Slot:
    return torch_slot


def graded(slot: Slot, *cells: str, evidence: bytes | None = None) -> RunResult:
    result = pipeline.grade(an_order(*cells, package=CLOTHES, evidence=evidence), slot=slot)
    assert result.run.status == "ok", result.run
    return result


@pytest.mark.parametrize(
    ("cells", "sandboxes"),
    [((BRANCHING, "EPOCHS = 3" + TRAIN), 2), ((KERAS,), 3)],  # the notebook twice; what Keras gives, zone B refuses
    ids=["torch", "keras"],
)
def test_its_accuracy_counts_and_how_it_is_built_goes_to_a_person(slot: Slot, cells: tuple[str, ...], sandboxes: int) -> None:
    result = graded(slot, DATA, *cells)

    accurate, linear = result.tasks
    assert (accurate.status, accurate.points) == (TaskStatus.PASSED, 3.0)
    assert accurate.checks[0].values["images"] == 1000
    assert (linear.status, linear.points) == (TaskStatus.REVIEW, 0.0)
    assert [(check.outcome, check.code) for check in linear.checks] == [
        (Outcome.REVIEW, "model.not_rebuilt"),
        (Outcome.PASSED, "accuracy.passed"),
    ]
    assert [code for code, _ in result.notes] == ["note.fallback"]
    assert result.receipt.sandboxes == sandboxes


def test_one_that_is_not_accurate_is_seen_by_a_person_too(slot: Slot) -> None:
    result = graded(slot, DATA, BRANCHING, "EPOCHS = 0" + TRAIN + "\nmodel(x[:250])")

    assert [(task.status, task.points) for task in result.tasks] == [(TaskStatus.REVIEW, 0.0), (TaskStatus.REVIEW, 0.0)]


def test_a_name_that_only_the_further_run_has_counts_for_nothing(slot: Slot) -> None:
    rename = "import os\nif os.path.exists('/inputs'):\n    shown = model; del model"

    result = graded(slot, DATA, BRANCHING, "EPOCHS = 1" + TRAIN + rename)

    assert [task.candidate_name for task in result.tasks] == [None, None]
    assert [task.status for task in result.tasks] == [TaskStatus.REVIEW, TaskStatus.REVIEW]


def test_an_appeal_never_runs_a_notebook_and_never_judges_answers_about_other_images(slot: Slot) -> None:
    first = graded(slot, DATA, BRANCHING, "EPOCHS = 1" + TRAIN)
    archive = next(artefact.content for artefact in first.artefacts if artefact.name == "evidence.zip")
    order = an_order(DATA, BRANCHING, "EPOCHS = 1" + TRAIN, package=CLOTHES, evidence=archive)

    again = pipeline.grade(replace(order, purpose="appeal"), slot=slot)

    assert (again.tasks, again.receipt.sandboxes) == (first.tasks, 0)
    with pytest.raises(pipeline.EvidenceOfNoUse, match="about other images"):
        pipeline.grade(replace(order, purpose="appeal", seed=b"t" * 32), slot=slot)
    with pytest.raises(pipeline.EvidenceOfNoUse, match="intake"):
        pipeline.grade(replace(order, purpose="appeal", evidence=b"PK"), slot=slot)


def test_what_was_predicted_is_kept_and_judged_again_from_there(slot: Slot) -> None:
    first = graded(slot, DATA, BRANCHING, "EPOCHS = 1" + TRAIN)
    archive = next(artefact.content for artefact in first.artefacts if artefact.name == "evidence.zip")

    again = graded(slot, DATA, BRANCHING, "EPOCHS = 1" + TRAIN, evidence=archive)

    assert "fallback-p000.bin" in zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert again.tasks == first.tasks
    assert again.receipt.sandboxes < first.receipt.sandboxes


def test_a_model_that_can_be_rebuilt_is_never_run_again(slot: Slot) -> None:
    plain = "class Net(torch.nn.Sequential):\n    def __init__(self): super().__init__(torch.nn.Linear(784, 10))"

    result = graded(slot, DATA, plain, "EPOCHS = 1" + TRAIN)

    assert (result.notes, result.score) == ((), 4.0)


def test_the_hidden_images_are_there_in_the_further_run_alone_and_their_labels_in_none(slot: Slot) -> None:
    look = "import os\nassert not os.path.exists('/labels')\nassert not os.path.exists('/inputs')"

    result = pipeline.grade(an_order(DATA, BRANCHING, "EPOCHS = 0" + TRAIN + "\nmodel(x[:9])", look, package=CLOTHES), slot=slot)

    assert result.run.status == "ok", result.run  # the further run stops at `look`, having been asked before
    assert [code for code, _ in result.notes] == ["note.fallback"]

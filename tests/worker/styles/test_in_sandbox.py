from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.plugins.warm_worker import WarmWorker
from tests.worker.styles.collected import HERE, PRELUDES
from worker.account import Account
from worker.engines import engine_for
from worker.engines.pipes import read_out
from worker.kernels import session
from worker.kernels.request import Request, SessionLimits
from worker.slots import take
from worker.stages import Stages
from worker.zone_c_trusted.hidden_data import HiddenData

IMAGES = 100
CELLS = (
    PRELUDES["torch"] + "torch.manual_seed(0); import random",
    *((HERE / "torch" / f"{name}.py").read_text("utf-8") for name in ("batch_norm_conv", "lstm", "data_dependent_branch")),
    PRELUDES["keras"] + (HERE / "keras/sequential.py").read_text("utf-8"),
    "first = keras.Sequential([keras.Input((784,)), layers.Dense(10)])\n"
    "second = torch.nn.Sequential(torch.nn.Linear(784, 10))\nfirst.compile('sgd', 'mse')",
    "net = nn.Sequential(nn.Flatten(), nn.Linear(784, 7))\nfast = torch.compile(net)\nfast(torch.rand(8, 1, 28, 28))\n"
    "assert not torch._dynamo.utils.counters['frames']",
    "def train(net):\n    for _ in range(3): net(torch.rand(8, 1, 28, 28) * 2 - 1)\n"
    "for width in (5, 6):\n"
    "    trained = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, width), torch.nn.Linear(width, 10))\n"
    "    train(trained)",
)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory, warm_worker: WarmWorker) -> dict[str, Any]:
    """What a notebook of both frameworks leaves after zones A and B, in real sandboxes."""
    folder = tmp_path_factory.mktemp("styles")
    (folder / "inputs").mkdir()
    np.save(folder / "inputs/held_out.npy", np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28)).astype(np.uint8))
    data = HiddenData(folder, folder / "inputs", folder)
    with ExitStack() as life:
        slot = life.enter_context(take("cpu", warm_worker.ready("torch")))
        assert slot.config is not None
        engine = engine_for(slot.config)
        request = Request(CELLS, limits=SessionLimits(280, 200, 4096, 200, 2), models=True, runtime="torch")
        ran = session.run(engine, slot, request, lambda cell, tail: None, lambda: False)
        life.callback(ran.close)
        package: Any = SimpleNamespace(runtime="torch")
        stages = Stages(engine, slot, life, package, package, lambda: False)  # the order is for zone C alone
        intake = stages.intake(Account(ran.facts), {"main": ran})
        probe = stages.probe(intake, data)
        assert intake is not None
        assert probe is not None
        return {
            "facts": ran.facts,
            "values": json.loads(read_out(intake.out_fd, "main-values.json", 1 << 20)),
            "claims": _all(intake.out_fd, "main-m{:03d}.json"),
            "found": _all(probe.out_fds[0], "main-m{:03d}.json"),
            "files": sorted(path.name for path in Path(f"/proc/self/fd/{probe.out_fds[0]}").iterdir()),
        }


def _all(directory: int, pattern: str) -> list[Any]:
    found = []
    for number in range(24):
        try:
            found.append(json.loads(read_out(directory, pattern.format(number), 4 << 20)))
        except OSError:
            break
    return found


@pytest.mark.slow
def test_models_of_both_frameworks_share_one_row_of_numbers(left: dict[str, Any]) -> None:
    assert left["facts"].status == "ok", left["facts"]
    kinds = [(claim["id"], claim["framework"], claim["name"]) for claim in left["claims"]]

    assert kinds[:3] == [("m000", "torch", "model"), ("m001", "torch", "model"), ("m002", "keras", "model")]
    assert {kind for _, kind, _ in kinds[3:]} == {"keras", "torch"}
    assert len({name for name, _, _ in kinds}) == len(kinds)


@pytest.mark.slow
def test_each_is_rebuilt_by_its_framework_and_predicts(left: dict[str, Any]) -> None:
    found = [(one.get("framework"), one.get("parameters")) for one in left["found"]]

    assert found[:3] == [("torch", 9114), ("torch", 8266), ("keras", 101_770)]
    assert all(one["predicted"] for one in left["found"])
    assert "main-m000-held_out-unit.bin" in left["files"]  # the scale by what it was called with


@pytest.mark.slow
def test_a_model_that_the_same_cell_replaces_is_kept(left: dict[str, Any]) -> None:
    widths = [one["layers"][1]["units"] for one in left["found"] if len(one["layers"]) == 3 and one["framework"] == "torch"]

    assert widths[-2:] == [5, 6]
    assert left["claims"][-1]["feed"]["min"] < 0


@pytest.mark.slow
def test_a_compiled_model_needs_no_compiler_on_a_worker_without_a_gpu(left: dict[str, Any]) -> None:
    found = [claim["name"] for claim, one in zip(left["claims"], left["found"], strict=True) if one["parameters"] == 5495]

    assert found == ["fast"]


@pytest.mark.slow
def test_what_can_not_be_taken_is_missing_with_its_reason(left: dict[str, Any]) -> None:
    reasons = {item["reason"] for item in left["values"]["missing"]}

    assert reasons == {"missing.data_dependent"}

"""Runs every style of one framework through the collector and then the probe, in this process, and says what came of each.

`python -m tests.worker.styles.collected torch` prints one JSON list. A process of its own, since the collector's hooks stay.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.worker.styles import asked

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
COUNT = 100  # fresh inputs: a whole batch of 64 and a part of one
PRELUDES = {
    "torch": "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\nx = torch.rand(64, 1, 28, 28)\n",
    "keras": "import keras, numpy as np\nfrom keras import layers\n"
    "x = np.random.rand(64, 28, 28).astype('float32')\ny = np.arange(64) % 10\n",
}


@dataclass(frozen=True)
class Style:
    """A file of this folder."""

    framework: str
    name: str
    title: str
    expected: str  # "inert", "asked CODE" (not taken, but asked what it predicts), or the code with which it is refused
    source: str


@dataclass
class Came:
    """What came of one style; times in milliseconds, in a process that has the framework's libraries already."""

    framework: str
    name: str
    outcome: str = "inert"
    collect_ms: float = 0.0
    probe_ms: float = 0.0
    counted: tuple[int, int] = (0, 0)  # by zone B: parameters, trainable
    own_count: tuple[int, int] = (0, 0)  # by the framework itself, on the original
    difference: float = float("nan")  # the largest between the original's outputs and zone B's
    layers: tuple[dict[str, Any], ...] = ()
    why: str = ""  # of what was refused: the values of its code
    asked: str = ""  # of what was refused, when asked what it predicts: "as the original", or what came of that
    asked_ms: float = 0.0  # for all scales and two splits of 100 images
    noticed: str = ""  # anything that the notebook could have noticed


def styles(framework: str) -> list[Style]:
    found = []
    for file in sorted((HERE / framework).glob("*.py")):
        source = file.read_text("utf-8")
        title, expected = source.splitlines()[:2]
        found.append(Style(framework, file.stem, title.removeprefix("# "), expected.removeprefix("# expect: "), source))
    return found


class Shell:
    """As much of IPython's shell as the collector looks at."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}


class Runner:
    """One kernel's collector, used for one style after another."""

    def __init__(self, framework: str, folder: Path) -> None:
        (folder / "_grader_kit").symlink_to(ROOT / "worker/zone_a_student")  # by the name that it has in a sandbox
        sys.path.insert(0, str(folder))
        kit = importlib.import_module("_grader_kit.collector")
        out: Any = importlib.import_module("_grader_kit.out")
        out.OUT = str(folder)
        self.framework, self.out = framework, folder
        self.shell = Shell()
        self.collector = kit.Collector(
            self.shell, {"values": [], "models": True, "predict": False, "reseed": 0, "swaps": [], "each_cell": False}
        )
        self.images = asked.get_ready(folder)

    def came_of(self, style: Style) -> Came:
        came = Came(style.framework, style.name)
        shelf = self.collector.models[0].shelf
        shelf.kept.clear()
        self.collector.missing.clear()
        self.shell.user_ns.clear()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.collector.before_cell(None)
            exec(PRELUDES[style.framework] + style.source, self.shell.user_ns)
            said, state = printed.getvalue(), self.state()
            began = time.perf_counter()
            self.collector.after_cell(None)
            came.collect_ms = 1000 * (time.perf_counter() - began)
        if printed.getvalue() != said:
            came.noticed = "something was printed"
        if self.state() != state:
            came.noticed = "the mode, or the generators' state, was changed"
        record = next((item for item in reversed(shelf.kept) if item["name"] == "model"), None)
        if record is None:
            came.outcome, came.why = self.reason()
        else:
            claim = json.loads((self.out / f"{record['id']}.json").read_text())
            self.measure(came, claim, (self.out / f"{record['id']}.bin").read_bytes())
        if came.outcome.startswith("missing."):
            began = time.perf_counter()
            came.asked = asked.came_of(self.collector.models[self.framework == "torch"], self.shell.user_ns["model"], self.images)
            came.asked_ms = 1000 * (time.perf_counter() - began)
            came.outcome = f"asked {came.outcome}" if came.asked == "as the original" else came.outcome
        return came

    def reason(self) -> tuple[str, str]:
        if not self.collector.missing:
            return "nothing", ""
        last = self.collector.missing[-1]
        return last["reason"], " ".join(str(value) for value in last["values"].values())

    def state(self) -> Any:
        """What an export must leave as it was."""
        if self.framework != "torch":
            return None
        import torch

        model = self.shell.user_ns["model"]
        modes = [part.training for part in model.modules()]
        return modes, torch.get_rng_state().tolist(), len(getattr(model, "seen", ()))

    def measure(self, came: Came, claim: dict[str, Any], data: bytes) -> None:
        from worker.zone_b_probe.refused import RefusedModel

        facts = importlib.import_module(f"worker.zone_b_probe.{self.framework}_facts")
        began = time.perf_counter()
        try:
            model = (facts.TorchModel if self.framework == "torch" else facts.KerasModel)(claim, data)
            described = model.describe()
        except RefusedModel as problem:
            came.outcome, came.why = problem.code, " ".join(str(value) for value in problem.values.values())
            return
        came.probe_ms = 1000 * (time.perf_counter() - began)
        came.counted = described["parameters"], described["trainable_parameters"]
        came.layers = tuple(described["layers"])
        ask = torch_original if self.framework == "torch" else keras_original
        fresh, outputs, came.own_count = ask(self.shell.user_ns)
        came.difference = float(abs(model.predict(fresh) - outputs).max())


def torch_original(names: dict[str, Any]) -> tuple[Any, Any, tuple[int, int]]:
    """Fresh inputs, what the original makes of them in batches as they come, and its own counts."""
    import torch

    model, x = names["model"].eval(), names["x"]
    fresh = torch.rand(COUNT, *x.shape[1:])
    batches = [fresh[:64], fresh[64:][torch.arange(64) % (COUNT - 64)]]  # the second is filled up with its own rows
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        outputs = [model(batch.to(x.dtype)) for batch in batches]
    rows = torch.cat([out[0] if isinstance(out, tuple) else out for out in outputs])[:COUNT]
    parameters = list(model.parameters())
    own = sum(p.numel() for p in parameters), sum(p.numel() for p in parameters if p.requires_grad)
    return fresh.numpy(), rows.double().numpy(), own


def keras_original(names: dict[str, Any]) -> tuple[Any, Any, tuple[int, int]]:
    import numpy as np

    model = names["model"]
    try:
        shape = model.input_shape[1:]
    except (AttributeError, ValueError):
        shape = names["x"].shape[1:]
    fresh = np.random.default_rng(0).random((COUNT, *shape)).astype("float32")
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    return fresh, model.predict(fresh, verbose=0), (model.count_params(), trainable)


def main() -> None:
    framework = sys.argv[1]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if framework == "torch":  # as a warm sandbox has them
        for name in ("torch", "torch._dynamo", "torch.export", "torch._decomp", "torch._functorch.aot_autograd"):
            importlib.import_module(name)
        importlib.import_module("torch").set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(framework, Path(folder))
        known = styles(framework)
        runner.came_of(next(style for style in known if style.name == "sequential"))  # the first of a process takes longer
        print(json.dumps([asdict(runner.came_of(style)) for style in known]))


if __name__ == "__main__":
    main()

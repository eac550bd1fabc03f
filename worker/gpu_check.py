"""`./dev gpu-check`: does a sandbox of this machine compute on its GPU? Runs a small torch training in each GPU slot.

Says `not run: no GPU here` and ends well where no NVIDIA device is. The devices are GRADER_GPUS, else every /dev/nvidia<n>.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from grader.checks.values import ExtraRun
from worker.config import WorkerConfig, from_settings
from worker.engines import engine_for
from worker.engines.pipes import read_out
from worker.kernels import session
from worker.kernels.request import Request, SessionLimits
from worker.slots import Slot, all_slots, take

CELLS = (
    "import torch\nassert torch.cuda.is_available(), 'torch sees no CUDA device in the sandbox'\n"
    "name = torch.cuda.get_device_name(0)\ndevices = torch.cuda.device_count()",
    "torch.manual_seed(0)\nx = torch.rand(4096, 1, 28, 28, device='cuda')\ny = (x.mean((1, 2, 3)) > 0.5).long()\n"
    "net = torch.nn.Sequential(torch.nn.Conv2d(1, 32, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(21632, 2))\n"
    "net = net.cuda()\n"
    "optimizer = torch.optim.Adam(net.parameters())\nlosses = []\n"
    "for _ in range(20):\n    optimizer.zero_grad()\n    loss = torch.nn.functional.cross_entropy(net(x), y)\n"
    "    loss.backward()\n    optimizer.step()\n    losses.append(loss.item())\nfirst, last = losses[0], losses[-1]",
)
COLLECT = ("name", "devices", "first", "last")


def check(slot: Slot) -> list[str]:
    """What is wrong with a GPU slot, as sentences; none where all is well. Says what it saw."""
    assert slot.config is not None
    limits = SessionLimits(run_s=300, cell_s=240, memory_mb=8192, processes=64, output_mb=1)
    request = Request(CELLS, limits, ExtraRun("gpu", collect=COLLECT))
    began = time.monotonic()
    done = session.run(engine_for(slot.config), slot, request, lambda _cell, _tail: None, lambda: False)
    try:
        records = json.loads(read_out(done.evidence_fd, "values.json", 1 << 20))["records"]
    finally:
        done.close()
    seen = {record["name"]: record["data"][0] for record in records}
    print(f"GPU {slot.device}: {seen}, {done.facts.status}, {time.monotonic() - began:.1f} s, devices {', '.join(slot.devices)}")
    wrong = []
    if done.facts.status != "ok":
        wrong.append(f"the notebook ended with {done.facts.code}: {dict(done.facts.values)}")
    if seen.get("devices") != 1:
        wrong.append(f"the sandbox sees {seen.get('devices')} devices and should see one")
    if not seen.get("last", 1.0) < seen.get("first", 0.0):
        wrong.append("the loss did not fall")
    return wrong


def with_devices(config: WorkerConfig) -> WorkerConfig:
    """The named GPUs, else those whose device files are here."""
    found = sorted(path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*"))
    return config if config.gpus else replace(config, gpus=tuple(found))


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")
    config = with_devices(from_settings())
    if not Path("/dev/nvidiactl").exists():
        print("not run: no GPU here")
        return 0
    wrong = []
    for slot in all_slots("gpu", config):
        with take("gpu", replace(config, gpus=(slot.device,))) as held:
            wrong += [f"GPU {slot.device}: {sentence}" for sentence in check(held)]
    print("\n".join(wrong) if wrong else f"{len(config.gpus)} GPU slots compute in their sandbox.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

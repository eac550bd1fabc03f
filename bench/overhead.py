"""How long from asking to the first cell's end, and a whole run, by engine and runtime, beside a plain nbclient run.

    .venv/bin/python -m bench.overhead [--runs 7]

One cell that uses the runtime (`print(1+1)`, a torch sum, a Keras-free TensorFlow sum). The peer is nbclient with an ordinary
kernel: no sandbox, no evidence. Rounds are interleaved, so that a slow minute of the machine hits all alike; medians, with
least and most. A run of ours holds two sandboxes, the evidence and the kill; zones B and C are not in it.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from grader.checks.values import ExtraRun
from worker.config import WorkerConfig
from worker.engines.base import Runtime, SandboxEngine
from worker.engines.bubblewrap import BubblewrapEngine
from worker.engines.warm import WarmEngine, wait_until_warm
from worker.kernels import session
from worker.kernels.request import Request, SessionLimits
from worker.slots import take

CELLS: dict[Runtime, str] = {
    "plain": "print(1 + 1)",
    "torch": "import torch\nprint(torch.ones(3).sum())",
    "tensorflow": "import tensorflow as tf\nprint(tf.reduce_sum(tf.ones(3)))",
}


def ours(engine: SandboxEngine, runtime: Runtime, home: Path) -> None:
    with take("cpu", WorkerConfig(home=home)) as slot:
        limits = SessionLimits(run_s=60, cell_s=60, memory_mb=3072, processes=64, output_mb=4)
        request = Request((CELLS[runtime],), limits, ExtraRun("main"), runtime=runtime)
        done = session.run(engine, slot, request, lambda _cell, _tail: None, lambda: False)
        done.close()
        if done.facts.status != "ok":
            raise SystemExit(f"{engine.name}, {runtime}: {done.facts}")


def peer(runtime: Runtime) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELLS[runtime])])  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def timed(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    step()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    cold, warm = BubblewrapEngine(), WarmEngine()
    warm.warm_up()
    for runtime in CELLS:
        wait_until_warm(warm, runtime)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, {runs} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print("| runtime | plain nbclient, ms | cold sandbox, ms | warm sandbox, ms | warm / nbclient |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as home:
        for runtime in CELLS:
            ways: list[tuple[str, Callable[[], None]]] = [
                ("peer", lambda r=runtime: peer(r)),  # type: ignore[misc]
                ("cold", lambda r=runtime: ours(cold, r, Path(home))),  # type: ignore[misc]
                ("warm", lambda r=runtime: ours(warm, r, Path(home))),  # type: ignore[misc]
            ]
            found: dict[str, list[float]] = {name: [] for name, _ in ways}
            for _ in range(runs):
                for name, step in ways:
                    found[name].append(timed(step))
            cells = [f"{statistics.median(v):.0f} ({min(v):.0f}-{max(v):.0f})" for v in found.values()]
            ratio = statistics.median(found["warm"]) / statistics.median(found["peer"])
            print(f"| {runtime} | {' | '.join(cells)} | {ratio:.2f} |", flush=True)
    warm.close()


if __name__ == "__main__":
    main()

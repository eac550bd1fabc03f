"""What a sandbox and everything around it cost, beside plain nbclient, which has no sandbox, no evidence and no checks.

    .venv/bin/python -m bench.overhead [--runs 7] [--engines warm,bubblewrap,unsandboxed] [--only session|pipeline|neighbour]

Three tables in Markdown. *Session*: one cell that uses the runtime; milliseconds from asking to the moment when the cell is
sent, and to the end of all (two sandboxes, evidence, kill). *Pipeline*: the reference notebook of dl2/15 (two tensor tasks, four
further sandboxes for them) from order to result. *Neighbour*: the same arithmetic alone, and beside a sandbox in which eight
processes spin. Rounds are interleaved, so that a slow minute of the machine hits all alike; median, least, most. All are pinned
to one processor, nbclient too. *unsandboxed* is an engine of the tests: plain processes, so cold less that is the sandbox's cost.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from assignments.package import load_assignment, read_answers
from grader.checks.values import ExtraRun
from grader.submissions.values import RunOrder
from tests.golden.engines import judged_by
from tests.worker.engines.open_engine import OpenEngine
from tests.worker.engines.promises import said, started
from tests.worker.engines.test_leftovers import SPIN
from worker.config import WorkerConfig
from worker.engines.base import Runtime, SandboxEngine
from worker.engines.bubblewrap import BubblewrapEngine
from worker.engines.landlock import LandlockEngine
from worker.engines.warm import WarmEngine, wait_until_warm
from worker.kernels import session
from worker.kernels.request import Request, SessionLimits
from worker.pipeline import grade
from worker.slots import Slot, take

CELLS: dict[Runtime, str] = {
    "plain": "print(1 + 1)",
    "torch": "import torch\nprint(torch.ones(3).sum())",
    "tensorflow": "import tensorflow as tf\nprint(tf.reduce_sum(tf.ones(3)))",
}
MAKE: dict[str, Callable[[], SandboxEngine]] = {
    "warm": lambda: WarmEngine(threads=1),
    "bubblewrap": BubblewrapEngine,
    "unsandboxed": OpenEngine,
    "landlock": LandlockEngine,
}
STAGES = ("notebook", "reruns", "intake", "judge", "total")
TASKS = Path(__file__).parent.parent / "assignments" / "courses" / "dl2" / "15"
WORK = (
    "import time\nbegan = time.monotonic()\nx = 0\nfor n in range(3_000_000): x += n * n\n"
    "print(json.dumps(1000 * (time.monotonic() - began)))"
)


class Samples(dict[tuple[str, ...], list[float]]):
    """Milliseconds by what was measured."""

    def add(self, key: tuple[str, ...], value: float) -> None:
        self.setdefault(key, []).append(value)

    def cell(self, *key: str) -> str:
        values = self.get(key)
        return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})" if values else "-"


def ours(engine: SandboxEngine, runtime: Runtime, slot: Slot) -> tuple[float, float]:
    """Milliseconds until the cell is sent, and until all is over."""
    limits = SessionLimits(run_s=60, cell_s=60, memory_mb=3072, processes=64, output_mb=4)
    request = Request((CELLS[runtime],), limits, extra=ExtraRun("main"), runtime=runtime)
    sent: list[float] = []
    began = time.perf_counter()
    done = session.run(engine, slot, request, lambda _cell, _tail: sent.append(time.perf_counter()), lambda: False)
    ended = time.perf_counter()
    done.close()
    if done.facts.status != "ok":
        raise SystemExit(f"{engine.name}, {runtime}: {done.facts}")
    return 1000 * (sent[0] - began), 1000 * (ended - began)


def peer(cells: list[str], slot: Slot) -> tuple[float, float]:
    """The same of plain nbclient and an ordinary kernel, on the slot's processor."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])  # type: ignore[no-untyped-call]
    sent: list[float] = []
    with on(slot.cpus):
        began = time.perf_counter()
        client = NotebookClient(
            notebook, timeout=60, kernel_name="python3", on_cell_execute=lambda **_: sent.append(time.perf_counter())
        )
        client.execute()
        ended = time.perf_counter()
    return 1000 * (sent[0] - began), 1000 * (ended - began)


@contextmanager
def on(cpus: tuple[int, ...]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def sessions(engines: dict[str, SandboxEngine], slot: Slot, runs: int) -> None:
    found = Samples()
    for runtime, cell in CELLS.items():
        for _ in range(runs):
            for name, times in [("nbclient", peer([cell], slot)), *((n, ours(e, runtime, slot)) for n, e in engines.items())]:
                found.add((runtime, name, "sent"), times[0])
                found.add((runtime, name, "whole"), times[1])
    names = ["nbclient", *engines]
    print(f"\n| runtime | until | {' | '.join(f'{name}, ms' for name in names)} |\n|---|---|{'---|' * len(names)}")
    for runtime in CELLS:
        for what, words in (("sent", "the first cell begins"), ("whole", "all is over")):
            print(f"| {runtime} | {words} | {' | '.join(found.cell(runtime, name, what) for name in names)} |", flush=True)


def pipelines(engines: dict[str, SandboxEngine], slot: Slot, runs: int) -> None:
    raw = (TASKS / "reference.ipynb").read_bytes()
    package = load_assignment(TASKS, "dl2")
    answers = read_answers(package, json.loads((TASKS / "reference.answers.json").read_text()))
    order = RunOrder(package.root, raw, answers, b"s" * 32, purpose="dry_run")
    cells = ["".join(cell["source"]) for cell in json.loads(raw)["cells"] if cell["cell_type"] == "code"]
    found = Samples()
    for _ in range(runs):
        found.add(("nbclient", "total"), peer(cells, slot)[1])
        for name, engine in engines.items():
            with judged_by(engine):
                result = grade(order, slot=slot)
            if result.score != result.max_score:
                raise SystemExit(f"{name}: {result.score} of {result.max_score}")
            for stage in STAGES:
                found.add((name, stage), result.timings_ms[stage])
    print(f"\n| engine | {' | '.join(f'{stage}, ms' for stage in STAGES)} |\n|---|{'---|' * len(STAGES)}")
    for name in ("nbclient", *engines):
        print(f"| {name} | {' | '.join(found.cell(name, stage) for stage in STAGES)} |", flush=True)


def neighbours(engines: dict[str, SandboxEngine], runs: int) -> None:
    mine, theirs = sorted(os.sched_getaffinity(0))[:2]
    print("\n| engine | alone, ms | beside, on another processor | on their processor |\n|---|---|---|---|")
    for name, engine in engines.items():
        found = Samples()
        for _ in range(runs):
            found.add(("alone",), float(said(engine, WORK, cpus=(mine,))))
            with started(engine, SPIN, cpus=(theirs,)) as spinner:
                assert spinner.process.stdout is not None
                spinner.process.stdout.readline()
                found.add(("beside",), float(said(engine, WORK, cpus=(mine,))))
                found.add(("same",), float(said(engine, WORK, cpus=(theirs,))))
        print(f"| {name} | {found.cell('alone')} | {found.cell('beside')} | {found.cell('same')} |", flush=True)


def machine() -> str:
    """What it ran on, and how busy that was by others just before."""
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) >> 20
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{model[1] if model else 'unknown'}, {os.cpu_count()} processors, {memory} GB, load before {load}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--engines", default="warm,bubblewrap,unsandboxed")
    parser.add_argument("--only", choices=["session", "pipeline", "neighbour"])
    options = parser.parse_args()
    print(f"{machine()}; {options.runs} rounds")
    engines = {name: MAKE[name]() for name in options.engines.split(",")}
    for engine in engines.values():
        if isinstance(engine, WarmEngine):
            engine.warm_up()
            for runtime in CELLS:
                wait_until_warm(engine, runtime)
    with tempfile.TemporaryDirectory() as home, take("cpu", WorkerConfig(home=Path(home), cpu_slots=2)) as slot:
        if options.only in (None, "session"):
            sessions(engines, slot, options.runs)
        if options.only in (None, "pipeline"):
            pipelines(engines, slot, options.runs)
    if options.only in (None, "neighbour"):
        neighbours({name: engine for name, engine in engines.items() if name != "unsandboxed"}, options.runs)
    for engine in engines.values():
        engine.close()
    print(f"\nload after {' '.join(f'{one:.1f}' for one in os.getloadavg())}")


if __name__ == "__main__":
    main()

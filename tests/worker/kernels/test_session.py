from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.checks.values import ExtraRun, RunFacts, Swap
from grader.submissions.report import Training
from tests.worker.engines.makers import ENGINES
from worker.config import WorkerConfig
from worker.engines.base import SandboxEngine
from worker.kernels import session
from worker.kernels.request import Request, Seen, SessionLimits
from worker.slots import Slot, take

Run = Callable[..., session.Session]


@pytest.fixture(scope="module", params=["bubblewrap", "warm"])
def engine(request: pytest.FixtureRequest) -> Iterator[SandboxEngine]:
    made = ENGINES[request.param]()
    yield made
    made.close()


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    with take("cpu", WorkerConfig(home=tmp_path, cpu_slots=2)) as held:
        yield held


@pytest.fixture
def run(slot: Slot, engine: SandboxEngine) -> Iterator[Run]:
    made: list[session.Session] = []

    def run_cells(
        *cells: str, cell_s: float = 20, run_s: float = 40, cancelled: Any = lambda: False, **extra: Any
    ) -> session.Session:
        limits = SessionLimits(run_s=run_s, cell_s=cell_s, memory_mb=500, processes=40, output_mb=2)
        request = Request(cells, limits, ExtraRun("main", **extra))
        made.append(session.run(engine, slot, request, lambda _cell, _tail: None, cancelled))
        return made[-1]

    yield run_cells
    for one in made:
        one.close()


def left(run: session.Session, name: str = "values.json") -> Any:
    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=run.evidence_fd)) as file:
        return json.load(file)


def executed(run: session.Session) -> Any:
    with os.fdopen(os.open("executed.ipynb", os.O_RDONLY, dir_fd=run.driver_fd)) as file:
        return json.load(file)


def test_a_notebook_that_runs_to_its_end_is_ok_and_its_outputs_are_kept(run: Run) -> None:
    done = run("x = 6", "", "print('seven', x * 7)")

    assert done.facts == RunFacts("ok", None, "run.ok", {"cells": 3})
    assert executed(done)["cells"][2]["outputs"][0]["text"] == "seven 42\n"


def test_an_exception_names_the_cell_and_stops_there(run: Run) -> None:
    done = run("a = 1", "b = 1 / 0", "c = 3", collect=("a", "c"))

    assert done.facts.status == "error"
    assert done.facts.code == "run.error"
    assert done.facts.values == {"cell": 2, "ename": "ZeroDivisionError", "evalue": "division by zero"}
    assert [record["name"] for record in left(done)["records"]] == ["a"]


@pytest.mark.parametrize(
    ("cell", "status", "code"),
    [
        ("import os; os._exit(0)", "died", "run.died"),
        ("b = []\nwhile True: b.append(bytearray(16 << 20))", "memory", "run.memory"),
        ("import os, time\nwhile True:\n  if os.fork() == 0: time.sleep(60)", "died", "run.processes"),
        ("while True: print('x' * 1000)", "died", "run.output"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "died", "run.died"),
        ("int(input('how many epochs?'))", "error", "run.error"),  # an empty line is no number
        ("import socket; socket.create_connection(('127.0.0.1', 6379))", "error", "run.error"),
    ],
)
def test_every_end_has_its_name(run: Run, cell: str, status: str, code: str) -> None:
    done = run("first = 1", cell)

    assert (done.facts.status, done.facts.code, done.facts.cell) == (status, code, 2)


def test_a_page_of_emoji_is_an_ordinary_output(run: Run) -> None:
    done = run("print('\U0001f600' * 3000)")

    assert done.facts.status == "ok"


def test_a_long_cell_that_prints_nothing_is_no_output(run: Run) -> None:
    done = run("x = '" + "a" * (3 << 20) + "'")

    assert done.facts.status == "ok"


def test_one_huge_output_is_told_as_what_it_is(run: Run) -> None:
    done = run("from IPython.display import display\ndisplay({'text/plain': 'y' * (40 << 20)}, raw=True)")

    assert done.facts.code in ("run.output", "run.memory")


def test_shared_memory_that_ends_a_run_is_called_memory(run: Run) -> None:
    done = run("import mmap\nm = []\nwhile True:\n    m.append(mmap.mmap(-1, 16 << 20)); m[-1].write(b'x' * (16 << 20))")

    assert done.facts.code == "run.memory"


def test_an_endless_cell_is_stopped_and_what_it_printed_is_kept(run: Run) -> None:
    cell = "import signal\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nprint('going', flush=True)\nwhile True: pass"

    done = run("a = 1", cell, cell_s=3)

    assert (done.facts.status, done.facts.code, done.facts.cell) == ("timeout", "run.timeout_cell", 2)
    assert executed(done)["cells"][1]["outputs"][0]["text"] == "going\n"


def test_many_short_cells_share_the_whole_time(run: Run) -> None:
    done = run(*["import time; time.sleep(1)"] * 9, run_s=3, cell_s=20)

    assert (done.facts.status, done.facts.code) == ("timeout", "run.timeout_run")


def test_a_cancelled_run_ends_within_seconds(run: Run) -> None:
    done = run("import time; time.sleep(60)", cancelled=lambda: True)

    assert done.facts.code == "run.cancelled"


def test_a_forged_reply_of_the_kernel_gains_nothing_but_its_own_end(run: Run) -> None:
    forged = (
        "k = get_ipython().kernel\np = k.get_parent('shell')\n"
        "k.session.send(k.iopub_socket, 'status', {'execution_state': 'idle'}, parent=p)\n"
        "import time; time.sleep(60)"
    )

    done = run(forged, cell_s=4)

    assert (done.facts.status, done.facts.cell) == ("timeout", 1)


def test_values_are_taken_after_each_cell_and_only_when_they_change(run: Run) -> None:
    done = run(
        "import numpy as np\nres = np.arange(3)", "y = 1", "res = res * 2\nprint(np.float32(7))", collect=("res", "_", "*")
    )

    records = [(r["name"], r["cell"], r["data"]) for r in left(done)["records"]]
    assert records == [("res", 1, [0, 1, 2]), ("y", 2, [1]), ("res", 3, [0, 2, 4]), ("_", 3, [7.0])]


def test_a_swapped_input_is_computed_with_in_whatever_type_it_comes(run: Run) -> None:
    swap = Swap("t1", ((1.0, 2.0), (3.0, 4.0)), ((5.0, 6.0), (7.0, 8.0)))

    done = run(
        "import numpy as np\ndef make():\n    inner = [[1, 2], [3, 4]]\n    return inner\n"
        "t1 = np.array([[1, 2], [3, 4]])\nt1 = t1 + 0",
        "other: list = [[1, 2], [3, 4]]\nres = int(t1.sum()) + sum(map(sum, other)) + sum(map(sum, make()))",
        collect=("res",),
        swaps=(swap,),
    )

    assert left(done)["records"][-1]["data"] == [3 * 26]
    assert "t1" in left(done)["swapped"]


def test_a_gpu_slot_shows_its_device_and_nothing_else_of_the_kind(tmp_path: Path, engine: SandboxEngine) -> None:
    device = tmp_path / "nvidia-test"
    device.write_text("a simulated device")
    config = WorkerConfig(home=tmp_path, gpus=("3",), gpu_devices=(str(device),))
    with take("gpu", config) as slot:
        cell = f"import os\nseen = os.environ['CUDA_VISIBLE_DEVICES'] + open({str(device)!r}).read()"
        limits = SessionLimits(20, 20, 500, 40, 2)
        done = session.run(
            engine,
            slot,
            Request((cell,), limits, ExtraRun("main", collect=("seen",))),
            lambda _cell, _tail: None,
            lambda: False,
        )

    assert left(done)["records"][0]["data"] == ["3a simulated device"]
    done.close()


def test_what_is_printed_is_heard_within_a_second_in_its_colours_and_with_its_epochs(slot: Slot, engine: SandboxEngine) -> None:
    cell = (
        "import time\nfor epoch in (1, 2, 3):\n"
        "    print(f'\\x1b[32mEpoch {epoch}: loss {1 / epoch:.2f}\\x1b[0m', time.time(), flush=True)\n    time.sleep(1)"
    )
    heard: list[tuple[float, Seen]] = []
    limits = SessionLimits(run_s=40, cell_s=20, memory_mb=500, processes=40, output_mb=2)

    session.run(
        engine, slot, Request((cell,), limits), lambda _cell, seen: heard.append((time.time(), seen)), lambda: False
    ).close()

    for epoch in (1, 2, 3):
        line = f"\x1b[32mEpoch {epoch}: loss {1 / epoch:.2f}\x1b[0m "
        at, seen = next((at, seen) for at, seen in heard if line in seen.tail)
        said_at = float(seen.tail.partition(line)[2].split()[0])
        assert at - said_at < 1.0
    assert heard[-1][1].trainings == (Training(1, ((1, {"loss": 1.0}), (2, {"loss": 0.5}), (3, {"loss": 0.33}))),)

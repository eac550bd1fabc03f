"""Nothing is left of sandboxes, however they end; and two at once are nothing to each other."""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.engines.makers import BEGIN, ENGINES, said, started
from worker.engines import cgroups
from worker.engines.base import SandboxEngine
from worker.engines.landlock import PREFIX
from worker.engines.watcher import tree

RUNS = 200


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[SandboxEngine]:
    made = ENGINES[request.param]()
    yield made
    made.close()


def left() -> dict[str, int]:
    """What sandboxes are made of, counted: our mounts, groups and descriptors."""
    groups = [*cgroups.ROOT.glob(f"*/{cgroups.NAME}-{os.getpid()}-*"), *cgroups.ROOT.glob(f"{cgroups.NAME}-{os.getpid()}-*")]
    return {
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "groups": len(groups),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "trees": len([*Path(tempfile.gettempdir()).glob(f"{PREFIX}-{os.getpid()}-*")]),
    }


@pytest.mark.slow
def test_after_two_hundred_sandboxes_with_random_ends_nothing_is_left(engine: SandboxEngine) -> None:
    ways = random.Random(20)
    forks = "import os, time\nfor _ in range(4):\n  if os.fork() == 0: time.sleep(60)\ntime.sleep(60)"
    said(engine, "print(1)")  # what an engine makes once is there now
    before, seen = left(), set()

    for _ in range(RUNS):
        code = ways.choice(["pass", "import time; time.sleep(60)", forks, "import os; os.abort()", "x = bytearray(50 << 20)"])
        with started(engine, code) as sandbox:
            time.sleep(ways.random() * 0.05)
            family = tree(sandbox.process.pid)
            seen |= {(pid, since) for pid in (sandbox.process.pid, *family) if (since := born(pid))}
            way = ways.choice(["wait", "kill", "signal the first", "close"])
            if way == "kill":
                sandbox.kill()
            elif way == "signal the first" and family:
                try:
                    os.kill(family[0], 9)
                except ProcessLookupError:
                    continue

    assert left() == before
    assert len(seen) > RUNS
    assert not [one for one in seen if born(one[0]) == one[1]]


def born(pid: int) -> int:
    """When a process began, in the kernel's ticks: a number may be given anew, with another beginning. 0: there is none."""
    try:
        state, *others = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if state == "Z" else int(others[18])  # a zombie runs nothing, and is its parent's to take away


def test_two_at_once_see_and_reach_nothing_of_each_other(engine: SandboxEngine) -> None:
    writer = (
        BEGIN + "import socket, time\nfor path in ('/tmp/secret', '/dev/shm/secret', '/box/secret'):\n"
        "  try: open(R + path, 'w').write('x')\n  except OSError: pass\n"
        "try:\n  s = socket.socket(socket.AF_UNIX); s.bind('\\0secret'); s.listen()\n"
        "  t = socket.socket(); t.bind(('127.0.0.1', 4444)); t.listen()\nexcept OSError: pass\n"
        "print(json.dumps([R, os.getpid(), os.path.exists(R + '/tmp/secret')]), flush=True)\ntime.sleep(60)"
    )
    with started(engine, writer) as first:
        assert first.process.stdout is not None
        root, number, written = json.loads(first.process.stdout.readline())
        assert written
        reader = (
            "import signal, socket\nfound = []\n"
            f"for path in ('{root}/tmp/secret', '/dev/shm/secret', '{root}/box/secret'):\n"
            "  try: found.append(open(path).read())\n  except OSError: found.append(False)\n"
            "for family, address in ((socket.AF_UNIX, '\\0secret'), (socket.AF_INET, ('127.0.0.1', 4444))):\n"
            "  try: socket.socket(family).connect(address); found.append(True)\n"
            "  except OSError: found.append(False)\n"
            "found.append(len([p for p in listed('/proc') if p.isdigit()]) > 2)\n"
            f"for pid in (*range(3, 400), {number}):\n"
            "  if pid == os.getpid(): continue\n"
            "  try: os.kill(pid, signal.SIGKILL); found.append(True)\n"
            "  except OSError: pass\n"
            "print(json.dumps(found))"
        )

        assert said(engine, reader) == [False] * 6

        assert first.alive()


SPIN = (
    "import os\ntry: os.sched_setaffinity(0, range(os.cpu_count()))\nexcept OSError: pass\n"
    "for _ in range(3): os.fork()\nprint('up', flush=True)\nwhile True: pass"
)


def spent(pids: list[int]) -> tuple[float, set[int]]:
    """Seconds of processor time that these processes took so far, and the processors on which they are now."""
    lines = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(line[11]) + int(line[12]) for line in lines) / os.sysconf("SC_CLK_TCK"), {int(line[36]) for line in lines}


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor: two slots share it, and nothing keeps them apart")
def test_eight_that_spin_take_their_slots_processor_and_nothing_of_the_neighbours(engine: SandboxEngine) -> None:
    """Measured by the processor time that they got: unlike a neighbour's wall clock it does not depend on what else runs here."""
    _, theirs = sorted(os.sched_getaffinity(0))[:2]
    with started(engine, SPIN, cpus=(theirs,)) as spinner:
        assert spinner.process.stdout is not None
        assert spinner.process.stdout.readline() == b"up\n"
        until = time.monotonic() + 5
        while len(pids := tree(spinner.process.pid)) < 8 and time.monotonic() < until:
            time.sleep(0.01)
        began, (before, _), places = time.monotonic(), spent(pids), set()
        while time.monotonic() < began + 2:
            places |= spent(pids)[1]
            time.sleep(0.01)
        took, took_of = spent(pids)[0] - before, time.monotonic() - began

    print(f"{engine.name}: {len(pids)} processes took {took:.2f} s of processor time in {took_of:.2f} s, on {sorted(places)}")
    assert places == {theirs}
    assert 0.1 * took_of < took < 1.1 * took_of  # they do spin; and one processor is all they get

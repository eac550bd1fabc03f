"""Nothing is left of sandboxes, however they end; and two at once are nothing to each other."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.engines.promises import ENGINES, said, started
from worker.engines import cgroups
from worker.engines.base import SandboxEngine
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
    }


@pytest.mark.slow
def test_after_two_hundred_sandboxes_with_random_ends_nothing_is_left(engine: SandboxEngine) -> None:
    ways = random.Random(20)
    forks = "import os, time\nfor _ in range(4):\n  if os.fork() == 0: time.sleep(60)\ntime.sleep(60)"
    said(engine, "print(1)")  # what an engine makes once is there now
    before, pids = left(), set()

    for _ in range(RUNS):
        code = ways.choice(["pass", "import time; time.sleep(60)", forks, "import os; os.abort()", "x = bytearray(50 << 20)"])
        with started(engine, code) as sandbox:
            time.sleep(ways.random() * 0.05)
            family = tree(sandbox.process.pid)
            pids |= {sandbox.process.pid, *family}
            way = ways.choice(["wait", "kill", "signal the first", "close"])
            if way == "kill":
                sandbox.kill()
            elif way == "signal the first" and family:
                try:
                    os.kill(family[0], 9)
                except ProcessLookupError:
                    continue

    assert left() == before
    assert not [pid for pid in pids if Path(f"/proc/{pid}/ns").exists() and _is_a_sandboxes(pid)]


def _is_a_sandboxes(pid: int) -> bool:
    """Whether a pid that we saw is still a process in a pid namespace of its own (a number may have been given anew)."""
    try:
        return os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    except OSError:
        return False


def test_two_at_once_see_and_reach_nothing_of_each_other(engine: SandboxEngine) -> None:
    writer = (
        "import os, socket, time\nopen('/tmp/secret', 'w').write('x')\nopen('/dev/shm/secret', 'w').write('x')\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0secret'); s.listen()\n"
        "t = socket.socket(); t.bind(('127.0.0.1', 4444)); t.listen()\nprint('up', flush=True)\ntime.sleep(60)"
    )
    reader = (
        "import signal, socket\nfound = []\n"
        "for path in ('/tmp/secret', '/dev/shm/secret'):\n  found.append(os.path.exists(path))\n"
        "for family, address in ((socket.AF_UNIX, '\\0secret'), (socket.AF_INET, ('127.0.0.1', 4444))):\n"
        "  try: socket.socket(family).connect(address); found.append(True)\n"
        "  except OSError: found.append(False)\n"
        "found.append(len([p for p in os.listdir('/proc') if p.isdigit()]) > 2)\n"
        "for pid in range(3, 400):\n"
        "  try: os.kill(pid, signal.SIGKILL); found.append(True)\n"
        "  except OSError: pass\n"
        "print(json.dumps(found))"
    )
    with started(engine, writer) as first:
        assert first.process.stdout is not None
        assert first.process.stdout.readline() == b"up\n"

        assert said(engine, reader) == [False] * 5

        assert first.alive()

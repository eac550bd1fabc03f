"""`./dev test` in lanes: it passes only if every lane does, forgets no folder, and leaves nothing when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.paths import ROOT
from tests.local.toys import lives

pytestmark = pytest.mark.timeout(60)

PASSES = "def test_of_{name}(): pass\n"
FAILS = "def test_of_{name}(): assert '{name}' == 'whole'\n"
WAITS = """
import os, subprocess, time
from pathlib import Path
def test_of_{name}():
    child = subprocess.Popen(["sleep", "60"])
    Path("{name}.pids").write_text(f"{{os.getpid()}} {{child.pid}}")
    time.sleep(60)
"""
ALONE = """
import sys
from pathlib import Path
from local.lanes import Lane, run
sys.exit(run(Path(sys.argv[1]), (Lane("worker", ("tests/worker",)), Lane("rest", ("tests",)))))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with tests in three folders, of which one has a lane of its own."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name in ("worker", "pages", "local"):
        (tmp_path / "tests" / name).mkdir(parents=True)
        write(tmp_path, name, PASSES)
    return tmp_path


def write(tree: Path, name: str, text: str) -> Path:
    file = tree / "tests" / name / f"test_{name}.py"
    file.write_text(text.format(name=name))
    return file


def started(tree: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # they start sooner
    return subprocess.Popen([sys.executable, "-c", ALONE, str(tree)], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)


def tried(tree: Path) -> tuple[int, str]:
    with started(tree) as process:
        said, _ = process.communicate(timeout=50)
        return process.returncode, said


def test_each_folder_is_in_one_lane_and_all_that_passes_is_a_success(tree: Path):
    code, said = tried(tree)

    assert code == 0, said
    assert "worker   exit 0: 1 passed" in said
    assert "rest     exit 0: 2 passed" in said
    assert said.splitlines()[-1].startswith("Everything passed")


@pytest.mark.parametrize(("name", "lane"), [("worker", "worker"), ("pages", "rest")])
def test_one_failing_test_in_either_lane_fails_all_and_is_named_at_the_end(tree: Path, name: str, lane: str):
    write(tree, name, FAILS)

    code, said = tried(tree)

    assert code == 1, said
    assert f"FAILED tests/{name}/test_{name}.py::test_of_{name}" in said.partition("exit 1: 1 failed")[2]
    assert said.splitlines()[-1].startswith(f"Not passed: {lane};")


def test_a_lane_that_finds_no_test_fails_all(tree: Path):
    write(tree, "worker", "# nothing here any more\n")

    code, said = tried(tree)

    assert code == 1, said
    assert "worker   exit 5" in said


def test_a_lane_whose_folder_is_gone_fails_all(tree: Path):
    write(tree, "worker", "").unlink()
    (tree / "tests" / "worker").rmdir()

    assert tried(tree)[0] == 1


def test_a_lane_that_is_killed_fails_all(tree: Path):
    write(tree, "worker", "import os\ndef test_of_worker(): os.kill(os.getpid(), 9)\n")

    code, said = tried(tree)

    assert code == 1, said
    assert "worker   exit -9" in said


@pytest.fixture
def waiting(tree: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Both lanes at a test that waits, with a child each; and all of these processes."""
    for name in ("worker", "pages"):
        write(tree, name, WAITS)
    process = started(tree)
    notes = [tree / f"{name}.pids" for name in ("worker", "pages")]
    assert soon(lambda: all(note.exists() and note.read_text() for note in notes))
    yield process, [int(pid) for note in notes for pid in note.read_text().split()]
    process.kill()
    process.communicate()


def soon(question, within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and not question():
        time.sleep(0.05)
    return bool(question())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_ends_every_lane_and_is_no_success(waiting, number: signal.Signals):
    process, pids = waiting

    process.send_signal(number)
    said, _ = process.communicate(timeout=45)

    assert process.returncode == 128 + number, said
    assert f"Stopped by {number.name}" in said
    assert not any(map(lives, pids))


def test_a_killed_one_leaves_no_lane_behind(waiting):
    process, pids = waiting

    process.kill()

    assert soon(lambda: not any(map(lives, pids)))

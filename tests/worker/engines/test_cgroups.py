from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.engines.makers import started
from worker.engines import cgroups
from worker.engines.base import SandboxLimits
from worker.engines.bubblewrap import BubblewrapEngine

CAN = cgroups.make(memory_mb=64, threads=10)
if CAN is not None:
    CAN.remove()
needs_groups = pytest.mark.skipif(CAN is None, reason="this process may make no control group here; the watcher holds alone")


@needs_groups
def test_memory_that_nobody_maps_is_held_too() -> None:
    """Pages of a tmpfs are in no process's memory, so only the group sees them."""
    engine = BubblewrapEngine()
    fill = "f = open('/box/x', 'wb')\nwhile True: f.write(b'x' * (8 << 20)); f.flush()"
    limits = SandboxLimits(memory_mb=100, work_mb=2000, file_mb=2000)
    with started(engine, fill, limits=limits) as sandbox:
        sandbox.process.wait(timeout=30)
        sandbox.alive()

        assert sandbox.end_reason == "memory"


@needs_groups
def test_no_group_is_left_behind() -> None:
    group = cgroups.make(memory_mb=64, threads=10)
    assert group is not None
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    for file in group.join_files():
        Path(file).write_text(str(sleeper.pid))

    group.remove()

    assert sleeper.wait(timeout=5) == -9
    assert not any(folder.exists() for folder in group.folders)


@needs_groups
def test_groups_of_a_dead_worker_are_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    folder = cgroups.ROOT / "memory" / f"hwg-{dead.pid}-00000000"
    folder = folder if folder.parent.is_dir() else cgroups.ROOT / folder.name
    folder.mkdir()
    monkeypatch.setattr(cgroups, "OLD_S", -1.0)

    cgroups.sweep.cache_clear()
    cgroups.sweep(cgroups.ROOT)

    assert not folder.exists()


def test_version_2_writes_its_limits_where_the_controllers_are_delegated(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").write_text("memory pids")

    group = cgroups._version_2(tmp_path, "hwg-1-x", 100, 20)

    assert group is not None
    assert (group.folders[0] / "memory.max").read_text() == str((100 + cgroups.SLACK_MB) << 20)
    assert (group.folders[0] / "pids.max").read_text() == "20"


def test_without_the_right_there_is_no_group_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("")
    (tmp_path / "cgroup.subtree_control").write_text("")

    assert cgroups.make(memory_mb=64, threads=10, root=tmp_path) is None
    assert cgroups.make(memory_mb=64, threads=10, root=tmp_path / "nothing") is None
    assert len(os.listdir(tmp_path)) == 2

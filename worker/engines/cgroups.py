"""A control group for each sandbox where the worker may make one: the kernel's own hold on memory and processes.

Version 1 (a hierarchy for each controller, /sys/fs/cgroup/memory and /pids) and version 2 (one hierarchy, delegated to the
worker or to root). It holds what no watcher sees (kernel buffers, pages of tmpfs) and acts without delay; the watcher
stays, since it knows why it ended a run. Where no group can be made, `make` gives None and rlimits and watcher hold alone.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NAME = "hwg"
OLD_S = 60.0
SLACK_MB = 512  # above the watcher's limit, so that the watcher, who can name the reason, comes first


@dataclass(frozen=True)
class Group:
    """The folders of one group: one of each controller (version 1), or a single one (version 2)."""

    folders: tuple[Path, ...]

    def join_files(self) -> list[str]:
        """Where a process writes 0 to put itself in."""
        return [str(folder / "cgroup.procs") for folder in self.folders]

    def pids(self) -> list[int]:
        try:
            return [int(pid) for pid in (self.folders[0] / "cgroup.procs").read_text().split()]
        except OSError:
            return []  # it is gone

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed in here for memory."""
        for name in ("memory.oom_control", "memory.events"):
            for folder in self.folders:
                try:
                    lines = (folder / name).read_text().splitlines()
                except OSError:
                    continue
                return any(line.split()[0] == "oom_kill" and int(line.split()[1]) > 0 for line in lines)
        return False

    def remove(self) -> None:
        """Kill what is left and remove the folders; the kernel needs a moment after the last process."""
        for _ in range(200):
            for pid in self.pids():
                _kill(pid)
            try:
                for folder in self.folders:
                    if folder.exists():
                        folder.rmdir()
                return
            except OSError:
                time.sleep(0.01)


def make(*, memory_mb: int, threads: int, root: Path = ROOT) -> Group | None:
    """A new group with limits, or None where this process may not make one."""
    sweep(root)
    name = f"{NAME}-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        if (root / "cgroup.controllers").exists():
            return _version_2(root, name, memory_mb, threads)
        return _version_1(root, name, memory_mb, threads)
    except OSError:
        return None


@cache
def sweep(root: Path) -> None:
    """Remove, once a process, the empty groups that workers left who died: a group in use has processes, and can't be removed."""
    for folder in [*root.glob(f"*/{NAME}-*"), *root.glob(f"{NAME}-*")]:
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > OLD_S:  # a young one may be about to be joined
                folder.rmdir()


def _version_1(root: Path, name: str, memory_mb: int, threads: int) -> Group | None:
    if not ((root / "memory").is_dir() and (root / "pids").is_dir()):
        return None
    memory, pids = root / "memory" / name, root / "pids" / name
    memory.mkdir()
    try:
        pids.mkdir()
        limit = str((memory_mb + SLACK_MB) << 20)
        (memory / "memory.limit_in_bytes").write_text(limit)
        (pids / "pids.max").write_text(str(threads))
        if (memory / "memory.memsw.limit_in_bytes").exists():
            (memory / "memory.memsw.limit_in_bytes").write_text(limit)
    except OSError:
        Group(tuple(folder for folder in (memory, pids) if folder.exists())).remove()
        raise
    return Group((memory, pids))


def _version_2(root: Path, name: str, memory_mb: int, threads: int) -> Group | None:
    own = root / Path("/proc/self/cgroup").read_text().strip().rpartition("::")[2].lstrip("/")
    # A group that holds processes can't hand controllers down, so ours lies beside the worker's, not under it.
    parent = own.parent if own != root else root
    if not {"memory", "pids"} <= set((parent / "cgroup.subtree_control").read_text().split()):
        return None
    folder = parent / name
    folder.mkdir()
    try:
        (folder / "memory.max").write_text(str((memory_mb + SLACK_MB) << 20))
        (folder / "pids.max").write_text(str(threads))
        if (folder / "memory.swap.max").exists():
            (folder / "memory.swap.max").write_text("0")
    except OSError:
        Group((folder,)).remove()
        raise
    return Group((folder,))


def _kill(pid: int) -> None:
    if pid > 0:  # a process of another pid namespace reads as 0, and 0 would mean our own group
        with suppress(ProcessLookupError):
            os.kill(pid, 9)

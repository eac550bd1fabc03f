"""Watches a sandbox's process tree from outside and ends it when it holds too much memory or too many processes.

The first line of defence are the rlimits inside; they hold each process, and this holds the sum, also where no
control group can be had. It sees memory that some process maps: what could be held without a mapping is bounded
otherwise (tmpfs by their size; memfd and System V segments can't be made, see `seccomp.py`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Literal

EndReason = Literal["memory", "processes", "stopped"]


def tree(pid: int, limit: int = 4096) -> list[int]:
    """All descendants of a process, by the kernel's own lists of children; at most `limit`."""
    found: list[int] = []
    waiting = [pid]
    while waiting and len(found) < limit:
        parent = waiting.pop()
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as file:
                    children = [int(child) for child in file.read().split()]
                found += children
                waiting += children
        except OSError:
            continue  # it ended while we looked
    return found


def memory_mb(pids: list[int], *, exact: bool = False) -> float:
    """The sum of the processes' anonymous and shared memory in MB, without what they map of files.

    The quick sum counts a page for every process that maps it; the exact one shares it out among them.
    """
    file, fields = ("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:")) if exact else ("status", ("RssAnon:", "RssShmem:"))
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/{file}") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith(fields))
        except OSError:
            continue  # it ended while we looked
    return total / 1024


class Watcher(threading.Thread):
    """Looks every `period_s` and calls `end("memory" | "processes")` once, then stops."""

    def __init__(
        self, pid: int, *, limit_mb: int, processes: int, end: Callable[[EndReason], None], period_s: float = 0.05
    ) -> None:
        super().__init__(daemon=True, name=f"watcher-{pid}")
        self.pid, self.limit_mb, self.processes, self.end, self.period_s = pid, limit_mb, processes, end, period_s
        self.peak_mb = 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(self.period_s):
            pids = tree(self.pid)
            if len(pids) > self.processes:
                self.end("processes")
                return
            used = memory_mb(pids)
            if used > self.limit_mb and len(pids) > 3:
                used = memory_mb(pids, exact=True)
            self.peak_mb = max(self.peak_mb, used)
            if used > self.limit_mb:
                self.end("memory")
                return

    def stop(self) -> None:
        self._ended.set()

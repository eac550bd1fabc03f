"""The small interface that every sandbox engine implements, and the values it is asked with.

A sandbox is one process tree of ours or of a student's, with its own file view, no network, no credentials and
hard limits. Whoever runs it gets three things back: the tree's standard output (a pipe), an open directory
descriptor on its `/out` (a size-capped tmpfs that survives the sandbox's death), and the reason why it ended.
Nothing else crosses.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, Protocol

from worker.engines.cgroups import Group
from worker.engines.watcher import EndReason, Watcher, tree

Role = Literal["student", "driver", "intake", "probe", "judge", "view"]
Runtime = Literal["plain", "torch", "tensorflow"]
Level = Literal["full", "rootless", "landlock", "none"]


class EngineError(Exception):
    """The sandbox could not be made: our trouble, never the notebook's."""


@dataclass(frozen=True)
class Bind:
    """A host path that the sandbox sees, read-only unless `writable`."""

    host: Path
    inside: str
    writable: bool = False


@dataclass(frozen=True)
class SandboxLimits:
    """Hard limits. MB are 2**20 bytes; `cpu_s` seconds of processor time for each process."""

    memory_mb: int = 1024
    processes: int = 64
    threads: int = 512
    cpu_s: int = 900
    file_mb: int = 256
    out_mb: int = 256
    work_mb: int = 1024


@dataclass(frozen=True)
class SandboxSpec:
    """One sandbox to start. `fds` are handed on, by name, as `GRADER_FD_<NAME>`; `uid` is used as root only.

    `argv` is `/venv/bin/python`, its switches, a script and its arguments. `runtime` says which libraries the script will
    want, for an engine that keeps processes with them at hand.
    """

    role: Role
    argv: tuple[str, ...]
    uid: int
    binds: tuple[Bind, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    fds: Mapping[str, int] = field(default_factory=dict)
    limits: SandboxLimits = SandboxLimits()
    devices: tuple[str, ...] = ()
    runtime: Runtime = "plain"
    cpus: tuple[int, ...] = ()  # processors it may run on; empty: all


class Process(Protocol):
    """What is used of a process, be it a child of ours (`subprocess.Popen`) or a zygote's."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    returncode: int | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def kill(self) -> None: ...


class Sandbox:
    """A running sandbox, with a watcher beside it. Leaving its context kills the tree and closes what was opened.

    `process` is the outermost process; its first child is the first process of the sandbox's pid namespace, so killing
    that one makes the kernel end all the others, and `process` ends only when none is left.
    """

    def __init__(self, process: Process, out_fd: int, spec: SandboxSpec, errors: IO[bytes], group: Group | None = None) -> None:
        self.process = process
        self._group = group
        self.out_fd = out_fd
        self.spec = spec
        self.end_reason: EndReason | None = None
        self._errors = errors
        self._watcher = Watcher(process.pid, limit_mb=spec.limits.memory_mb, processes=spec.limits.processes, end=self.kill)
        self._watcher.start()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def peak_mb(self) -> float:
        """The most memory the tree was seen to hold."""
        return self._watcher.peak_mb

    @property
    def lost(self) -> bool:
        """Whether it ended with the process of ours that made it: our trouble, not its own doing."""
        return bool(getattr(self.process, "lost", False))

    def alive(self) -> bool:
        if self.process.poll() is None:
            return True
        if self.end_reason is None and self._group is not None and self._group.ran_out_of_memory():
            self.end_reason = "memory"  # the kernel was faster than the watcher
        return False

    def errors(self) -> str:
        """The end of what the tree wrote to its standard error before any student's code ran, for our own log."""
        return tail(self._errors)

    def kill(self, reason: EndReason = "stopped") -> None:
        """End every process of the sandbox and wait until none is left. Safe to call twice and from two threads."""
        self._watcher.stop()
        if self.process.poll() is not None:
            return
        if self._group is not None and self._group.ran_out_of_memory():
            reason = "memory"
        self.end_reason = self.end_reason or reason
        for _ in range(3):
            for pid in tree(self.process.pid, limit=1)[:1]:
                with suppress(ProcessLookupError):  # it ended by itself
                    os.kill(pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=2)
                return
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Kill, and let go of the pipes and of `/out` (whose tmpfs then vanishes)."""
        self.kill()
        if self._group is not None:
            self._group.remove()
        for pipe in (self.process.stdin, self.process.stdout, self._errors):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what was still buffered for a dead tree has nowhere to go
                    pipe.close()
        if self.out_fd >= 0:
            os.close(self.out_fd)
            self.out_fd = -1


def tail(errors: IO[bytes]) -> str:
    """The last 4,000 bytes of a log, as text."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4000))
    return errors.read().decode(errors="replace").strip() or "it said nothing"


def receive_directory(channel: socket.socket, wait_s: float) -> int | None:
    """The `/out` that `inside.py` sends; None where nothing came."""
    channel.settimeout(wait_s)
    try:
        _, fds, _, _ = socket.recv_fds(channel, 16, 1)
    except OSError:
        return None
    return fds[0] if fds else None


class SandboxEngine(ABC):
    """Makes sandboxes. `name` and `level` go into every receipt."""

    name: str
    level: Level

    @abstractmethod
    def start(self, spec: SandboxSpec) -> Sandbox:
        """Start a sandbox and return once its `/out` is open.

        Raises:
            EngineError: it could not be made, with the reason in words.
        """

    def close(self) -> None:  # noqa: B027 - most engines keep nothing
        """Let go of what the engine keeps at hand; sandboxes of its making are ended."""

"""The small interface that every sandbox engine implements, and the values it is asked with.

A sandbox is one process tree of ours or of a student's, with its own file view, no network, no credentials and
hard limits. Whoever runs it gets three things back: the tree's standard output (a pipe), an open directory
descriptor on its `/out` (a size-capped tmpfs that survives the sandbox's death), and the reason why it ended.
Nothing else crosses.
"""

from __future__ import annotations

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Role = Literal["student", "driver", "intake", "probe", "judge"]
Level = Literal["full", "rootless", "landlock", "none"]
EndReason = Literal["memory", "processes", "stopped"]


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
    """One sandbox to start. `fds` are handed on, by name, as `GRADER_FD_<NAME>`; `uid` is used as root only."""

    role: Role
    argv: tuple[str, ...]
    uid: int
    binds: tuple[Bind, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    fds: Mapping[str, int] = field(default_factory=dict)
    limits: SandboxLimits = SandboxLimits()
    devices: tuple[str, ...] = ()
    cpus: tuple[int, ...] = ()  # processors it may run on; empty: all


class Sandbox:
    """A running sandbox. Use as a context manager: leaving it kills the tree and closes what was opened."""

    def __init__(self, process: subprocess.Popen[bytes], out_fd: int, spec: SandboxSpec) -> None:
        self.process = process
        self.out_fd = out_fd
        self.spec = spec
        self.end_reason: EndReason | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def alive(self) -> bool:
        return self.process.poll() is None

    def errors(self) -> str:
        """The end of what the tree wrote to its standard error before any student's code ran, for our own log."""
        raise NotImplementedError

    @property
    def peak_mb(self) -> float:
        """The most memory the tree was seen to hold."""
        raise NotImplementedError

    def kill(self, reason: EndReason = "stopped") -> None:
        """End every process of the sandbox and wait until none is left. Safe to call twice."""
        raise NotImplementedError

    def close(self) -> None:
        """Kill, and let go of the pipes and of `/out` (whose tmpfs then vanishes)."""
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # what was still buffered for a dead tree has nowhere to go
        if self.out_fd >= 0:
            os.close(self.out_fd)
            self.out_fd = -1


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

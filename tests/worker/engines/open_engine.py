"""For tests only: the very same programs without a sandbox, so that a verdict can be compared with and without one.

Plain processes of whoever runs the test: no pid, network or user namespace, no filter, no rlimit, no drop of rights, the whole
host in sight. What it does give are the *names* that a program in a sandbox knows (/box, /out, /kit, /venv …): a mount namespace
of its own, in which they are bound over a copy of the host's top folder. That holds nobody. It lives among the tests,
`worker.engines.engine_for` has never heard of it, and no setting can name it (`test_open_engine.py`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from worker.engines import namespaces
from worker.engines.base import Bind, EngineError, Level, Sandbox, SandboxEngine, SandboxSpec
from worker.engines.view import environment
from worker.engines.watcher import EndReason, tree

_CLONE_NEWNS, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20000, 4096, 16384, 1 << 18
OURS = ("box", "out", "kit", "venv", "sock", "inputs", "labels", "package", "app", "given")  # made anew in each tree


class OpenProcesses(Sandbox):
    """Ended by killing each process that can be found: there is no namespace that would end with its first."""

    def kill(self, reason: EndReason = "stopped") -> None:
        self._watcher.stop()
        if self.process.poll() is None:
            self.end_reason = self.end_reason or reason
        for pid in [*tree(self.process.pid), self.process.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


class OpenEngine(SandboxEngine):
    """Level none. Needs root, for the mount namespace that gives the names."""

    name = "unsandboxed"
    level: Level = "none"

    def __init__(self, runtime: Path = Path(sys.prefix)) -> None:
        if os.geteuid() != 0:
            raise EngineError("the unsandboxed engine of the tests binds its folders as root")
        self.runtime = runtime
        self.trees = tempfile.TemporaryDirectory(prefix="hwg-open-")  # until `close`: an `/out` is read after its sandbox's end

    def close(self) -> None:
        self.trees.cleanup()

    def start(self, spec: SandboxSpec) -> Sandbox:
        folder = Path(tempfile.mkdtemp(dir=self.trees.name))
        for name in OURS:
            (folder / name).mkdir()
        errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sandbox
        numbers = {f"GRADER_FD_{name.upper()}": str(number) for name, number in spec.fds.items()}
        quiet = spec.role == "student"
        process = subprocess.Popen(
            spec.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else errors,
            pass_fds=list(spec.fds.values()),
            env={**environment(spec), **numbers},
            start_new_session=True,
            preexec_fn=lambda: self._enter(folder, spec),
        )
        return OpenProcesses(process, os.open(folder / "out", os.O_RDONLY | os.O_DIRECTORY), spec, errors)

    def _enter(self, folder: Path, spec: SandboxSpec) -> None:
        """In the child: the host's top folder once more, with the names beside it."""
        if spec.cpus:
            os.sched_setaffinity(0, spec.cpus)
        namespaces._check(namespaces.libc.unshare(_CLONE_NEWNS), "unshare")
        namespaces.mount(None, "/", None, _MS_REC | _MS_PRIVATE)
        for entry in Path("/").iterdir():
            if entry.name in OURS:
                continue
            target = folder / entry.name
            if entry.is_symlink():
                target.symlink_to(entry.readlink())
            else:
                _bind(entry, target)
        for bind in (Bind(self.runtime, "/venv"), *spec.binds):
            _bind(bind.host, folder / bind.inside.lstrip("/"))
        os.chroot(folder)
        os.chdir("/box")


def _bind(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    namespaces.mount(str(source), str(target), None, _MS_BIND | _MS_REC)

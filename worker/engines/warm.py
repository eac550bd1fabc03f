"""The warm engine: a zygote per runtime has imported it already, and a sandbox is a fork away. Cold where that fails.

The worker's first process starts the zygotes before it forks its pool (`warm_up`), so the pool shares them. A zygote that
refuses, or is gone, is replaced by whoever notices, and the request that met it is served by the cold engine: slower, and
otherwise the same, since both carry out one description (`view.py`) and keep the same promises.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from worker.engines import cgroups, seccomp, zygotes
from worker.engines.base import Level, Runtime, Sandbox, SandboxEngine, SandboxSpec, receive_directory, tail
from worker.engines.bubblewrap import BubblewrapEngine, config
from worker.engines.view import Mount, environment, small_files, view
from worker.engines.zygotes import Refused, Zygote

log = logging.getLogger(__name__)

GIVE_UP = 3  # failures in a row to make a sandbox, after which this process starts all of that runtime cold


class Closes(Protocol):
    def close(self) -> None: ...


class WarmEngine(SandboxEngine):
    """Warm where a zygote serves, cold otherwise."""

    def __init__(self, runtime: Path = Path(sys.prefix), threads: int = 1) -> None:
        self.cold = BubblewrapEngine(runtime)
        self.runtime = runtime
        self.level: Level = self.cold.level
        self.name = "warm" if seccomp.supported() else "warm-noseccomp"
        folder = zygotes.own_folder()
        runtimes: tuple[Runtime, ...] = ("plain", "torch", "tensorflow")
        self.zygotes = {name: Zygote(name, runtime / "bin" / "python", folder, threads) for name in runtimes}

    def warm_up(self, runtimes: Iterable[Runtime] = ("plain", "torch", "tensorflow")) -> None:
        """Start the zygotes; those that run already stay."""
        for runtime in runtimes:
            self.zygotes[runtime].start()

    def close(self) -> None:
        """End the zygotes, and with them all that they made."""
        for zygote in self.zygotes.values():
            if zygote.process is not None:
                zygote.process.kill()
                zygote.process.wait()
            shutil.rmtree(zygote.folder, ignore_errors=True)

    def start(self, spec: SandboxSpec) -> Sandbox:
        zygote = self.zygotes[spec.runtime]
        if zygote.failures >= GIVE_UP:
            return self.cold.start(spec)
        pid = zygote.pid()
        try:
            return self._warm(zygote, spec)
        except Refused as refusal:
            log.warning("the %s zygote did not serve (%s): a cold start, and a new zygote", spec.runtime, refusal)
            zygote.start(instead_of=pid)
            return self.cold.start(spec)

    def _warm(self, zygote: Zygote, spec: SandboxSpec) -> Sandbox:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - the sandbox keeps it
        group = cgroups.make(memory_mb=spec.limits.memory_mb, threads=spec.limits.threads)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        (their_in, our_in), (our_out, their_out) = os.pipe(), os.pipe()
        streams = {"stream 0": their_in, "stream 1": their_out, "stream 2": errors.fileno()}
        given = {**streams, "out_socket": theirs.fileno(), **spec.fds}
        stdin, stdout = os.fdopen(our_in, "wb"), os.fdopen(our_out, "rb", buffering=0)
        try:
            connection, pid = zygote.fork(self._request(spec, list(given), group), given.values())
        except Refused:
            _give_up(group, stdin, stdout, errors, ours)
            raise
        finally:
            theirs.close()
            os.close(their_in)
            os.close(their_out)
        with ours:
            out_fd = receive_directory(ours, zygotes.START_S)
        connection.settimeout(None)
        process = zygotes.RemoteProcess(connection, pid, stdin, stdout)
        if out_fd is None:
            zygote.failures += 1
            why = tail(errors)
            process.kill()
            _give_up(group, stdin, stdout, errors)
            raise Refused(f"its child made no sandbox: {why}")
        zygote.failures = 0
        return Sandbox(process, out_fd, spec, errors, group)

    def _request(self, spec: SandboxSpec, fds: list[str], group: cgroups.Group | None) -> dict[str, object]:
        """What the zygote's child is told to become."""
        return {
            "fds": fds,
            "config": json.loads(config(spec, 0)),
            "view": [asdict(step) for step in self._view(spec)],
            "environment": environment(spec),
            "filtered": seccomp.supported(),
            "join": group.join_files() if group else [],
        }

    def _view(self, spec: SandboxSpec) -> list[Mount]:
        """As for the cold engine, and the runtime under its own name too: what the zygote has imported names it so."""
        steps = [*view(spec, self.runtime), *small_files(spec.uid)]
        parents = [Mount("directory", str(parent)) for parent in reversed(self.runtime.parents[:-1])]
        return [*steps, *parents, Mount("bind", str(self.runtime), str(self.runtime))]


def _give_up(group: cgroups.Group | None, *open_ends: Closes) -> None:
    """Nobody will hold these: there is no sandbox."""
    for end in open_ends:
        end.close()
    if group is not None:
        group.remove()


def wait_until_warm(engine: WarmEngine, runtime: Runtime, timeout_s: float = 60.0) -> None:
    """For benchmarks and tests: return once a zygote forks. Raises Refused after the time."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            spec = SandboxSpec("judge", ("/venv/bin/python", "-I", "-c", "pass"), 61009, runtime=runtime)
            with engine._warm(engine.zygotes[runtime], spec) as sandbox:
                sandbox.process.wait(20)
            return
        except Refused:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)

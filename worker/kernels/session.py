"""Runs a list of cells in a student's sandbox, and says how that ended, as seen from outside.

Two sandboxes: the student's, with the kernel, and the driver's, which speaks to it. This side holds the clock, the limits
and the kill; it reads the driver's small lines and nothing else. Whatever the kernel says of itself, the run ended as this
side saw it: it finished, raised, ran too long, held too much memory, printed too much, or died.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.checks.values import ExtraRun, RunFacts
from worker.engines.base import Bind, EngineError, Runtime, Sandbox, SandboxEngine, SandboxLimits, SandboxSpec
from worker.kernels import events
from worker.slots import Slot

HERE = Path(__file__).parent
KIT = HERE.parent / "zone_a_student"
PORTS = ("shell", "iopub", "stdin", "control")
START_S = 60.0  # from sandbox to kernel's first answer: imports on a cold disk
LINGER_S = 3.0  # for the driver to write down what a killed kernel had said


@dataclass(frozen=True)
class SessionLimits:
    """Seconds of wall clock, MB of 2**20 bytes."""

    run_s: float
    cell_s: float
    memory_mb: int
    processes: int
    output_mb: int


@dataclass
class Session:
    """One run of cells: how it ended, and the two open `/out` directories (close them with `close`)."""

    facts: RunFacts
    evidence_fd: int = -1
    driver_fd: int = -1
    started_ms: float = 0.0
    ran_ms: float = 0.0
    output_tail: str = ""

    def close(self) -> None:
        for number in (self.evidence_fd, self.driver_fd):
            if number >= 0:
                os.close(number)
        self.evidence_fd = self.driver_fd = -1


@dataclass(frozen=True)
class Request:
    """What to run: cells' sources, what the collector takes, and what the sandbox sees."""

    cells: tuple[str, ...]
    limits: SessionLimits
    extra: ExtraRun = field(default_factory=lambda: ExtraRun("main"))
    models: bool = False
    runtime: Runtime = "plain"
    binds: tuple[Bind, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


Report = Callable[[int | None, str], None]


def run(engine: SandboxEngine, slot: Slot, request: Request, report: Report, cancelled: Callable[[], bool]) -> Session:
    """Run the cells to their end, whatever that is. Leaves no process behind; the caller closes the session.

    Raises:
        EngineError: a sandbox could not be made.
    """
    key = secrets.token_hex(16)
    with ExitStack() as life:
        folder, listening = life.enter_context(_sockets())
        began = time.monotonic()
        driver = life.enter_context(engine.start(_driver(slot, folder)))
        student = life.enter_context(engine.start(_student(slot, request, key, listening)))
        for item in listening.values():
            item.close()
        order = {"cells": request.cells, "key": key, "output_mb": request.limits.output_mb}
        _send(driver, json.dumps(order).encode() + b"\n")
        watch = _Watch(student, driver, request, report, cancelled, began)
        facts = watch.until_the_end()
        student.kill()  # before anything it left is looked at
        _let_finish(driver)
        return Session(
            facts=facts,
            evidence_fd=os.dup(student.out_fd),
            driver_fd=os.dup(driver.out_fd),
            started_ms=1000 * ((watch.ready_at or time.monotonic()) - began),
            ran_ms=1000 * (time.monotonic() - (watch.ready_at or began)),
            output_tail=watch.tail,
        )


class _Watch:
    """Follows one run: the driver's lines, the clock, and whether the student's sandbox still lives."""

    def __init__(
        self, student: Sandbox, driver: Sandbox, request: Request, report: Report, cancelled: Callable[[], bool], began: float
    ) -> None:
        self.student, self.driver, self.request = student, driver, request
        self.report, self.cancelled, self.began = report, cancelled, began
        self.ready_at: float | None = None
        self.cell: int | None = None
        self.cell_at = began
        self.failure: events.DriverEvent | None = None
        self.tail = ""
        self._lines = _lines(driver)

    def until_the_end(self) -> RunFacts:
        asked = 0.0
        for line in self._lines:
            if line is not None:
                try:
                    done = self._take(events.parse(line, len(self.request.cells)))
                except events.ProtocolError:
                    done = self._facts("died", "run.protocol")
                if done is not None:
                    return self._why_really(done)
            now = time.monotonic()
            if late := self._late(now):
                return late
            if not self.student.alive():
                return self._ended()
            if now - asked > 1.0:
                asked = now
                if self.cancelled():
                    return self._facts("died", "run.cancelled")
        if self.driver.lost:
            return self._ended()
        return self._why_really(self._facts("died", "run.protocol"))  # the driver itself ended

    def _take(self, event: events.DriverEvent) -> RunFacts | None:
        if event.event == "ready":
            self.ready_at = time.monotonic()
        elif event.event == "started":
            self.cell, self.cell_at = event.cell, time.monotonic()
            self.report(self.cell, "")
        elif event.event == "output":
            self.tail = event.tail
            self.report(self.cell, event.tail)
        elif event.event == "done" and event.status == "error":
            self.failure = event
        elif event.event == "limit":
            return self._facts("died", "run.output", limit_mb=self.request.limits.output_mb)
        elif event.event == "end":
            if event.status == "ok":
                return RunFacts("ok", None, "run.ok", {"cells": len(self.request.cells)})
            if event.status == "error" and self.failure is not None:
                return self._facts("error", "run.error", ename=self.failure.ename, evalue=self.failure.evalue)
            return self._facts("died", "run.protocol")
        return None

    def _late(self, now: float) -> RunFacts | None:
        limits = self.request.limits
        if self.ready_at is None:
            return RunFacts("died", None, "run.kernel_start", {}) if now - self.began > START_S else None
        if self.cell is not None and now - self.cell_at > limits.cell_s:
            return self._facts("timeout", "run.timeout_cell", limit_s=limits.cell_s)
        if now - self.ready_at > limits.run_s:
            return self._facts("timeout", "run.timeout_run", limit_s=limits.run_s)
        return None

    def _why_really(self, facts: RunFacts) -> RunFacts:
        """A kernel that was ended from outside looks like a broken protocol to the driver."""
        if facts.code in ("run.protocol", "run.output"):
            time.sleep(0.2)  # for the kernel's end to be seen
            if not self.student.alive():
                return self._ended()
        return facts

    def _ended(self) -> RunFacts:
        limits = self.request.limits
        if self.student.lost or self.driver.lost:
            raise EngineError("the process that made the sandbox ended, and the sandbox with it")
        if self.student.end_reason == "memory":
            return self._facts("memory", "run.memory", limit_mb=limits.memory_mb)
        if self.student.end_reason == "processes":
            return self._facts("died", "run.processes", limit=limits.processes)
        if self.ready_at is None:
            return RunFacts("died", None, "run.kernel_start", {"detail": self.student.errors()[-300:]})
        return self._facts("died", "run.died")

    def _facts(self, status: Any, code: str, **values: Any) -> RunFacts:
        return RunFacts(status, self.cell, code, {"cell": self.cell, **values})


def _lines(driver: Sandbox) -> Iterator[bytes | None]:
    """Whole lines of the driver's stdout as they come, and None whenever there was none for a tenth of a second."""
    pipe = driver.process.stdout
    assert pipe is not None
    number, waiting, count = pipe.fileno(), b"", 0
    while True:
        if not select.select([number], [], [], 0.1)[0]:
            yield None
            continue
        data = os.read(number, 65_536)
        if not data:
            return
        *whole, waiting = (waiting + data).split(b"\n")
        count += len(whole)
        if len(waiting) > events.MAX_LINE or count > events.MAX_LINES:
            yield b"too much"
            return
        yield from whole


def _driver(slot: Slot, sockets: Path) -> SandboxSpec:
    return SandboxSpec(
        role="driver",
        argv=("/venv/bin/python", "-I", "/kit/driver.py"),
        uid=slot.driver_uid,
        binds=(Bind(HERE / "driver.py", "/kit/driver.py"), Bind(sockets, "/sock", writable=True)),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        limits=SandboxLimits(memory_mb=1024, processes=8, file_mb=64, out_mb=128, work_mb=64),
        cpus=slot.cpus,
    )


def _student(slot: Slot, request: Request, key: str, listening: Mapping[str, socket.socket]) -> SandboxSpec:
    collect = {
        "values": request.extra.collect,
        "models": request.models,
        "swaps": [
            {"name": swap.name, "original": swap.original, "replacement": swap.replacement} for swap in request.extra.swaps
        ],
    }
    return SandboxSpec(
        role="student",
        argv=("/venv/bin/python", "-I", "/kit/_grader_kit/kernel.py"),
        uid=slot.student_uid,
        binds=(Bind(KIT, "/kit/_grader_kit"), *request.binds),
        env={
            "GRADER_KEY": key,
            "GRADER_COLLECT": json.dumps(collect),
            "OMP_NUM_THREADS": str(len(slot.cpus)),
            "OPENBLAS_NUM_THREADS": str(len(slot.cpus)),
            "TF_NUM_INTRAOP_THREADS": str(len(slot.cpus)),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": slot.device,
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "KERAS_HOME": "/box/.keras",
            "IPYTHONDIR": "/box/.ipython",
            "MPLCONFIGDIR": "/box/.matplotlib",
            "PYTHONDONTWRITEBYTECODE": "1",
            **request.env,
        },
        fds={name: listening[name].fileno() for name in PORTS},
        limits=SandboxLimits(
            memory_mb=request.limits.memory_mb,
            processes=request.limits.processes,
            cpu_s=int(request.limits.run_s * max(2, len(slot.cpus))) + 60,
            out_mb=256,
        ),
        devices=slot.devices,
        runtime=request.runtime,
        cpus=slot.cpus,
    )


@contextmanager
def _sockets() -> Iterator[tuple[Path, dict[str, socket.socket]]]:
    """A short folder (a socket's path may have 107 bytes) with the kernel's sockets, listening before the kernel lives."""
    with tempfile.TemporaryDirectory(prefix="hwg-") as name:
        inner = Path(name) / "s"
        inner.mkdir(mode=0o755)
        listening = {}
        for port, channel in enumerate(PORTS, 1):
            item = socket.socket(socket.AF_UNIX)
            item.bind(str(inner / f"k-{port}"))
            os.chmod(inner / f"k-{port}", 0o666)  # noqa: S103 - the folder above is ours alone; the driver has another uid
            item.listen(16)
            item.setblocking(False)
            listening[channel] = item
        try:
            yield inner, listening
        finally:
            for item in listening.values():
                item.close()


def _send(sandbox: Sandbox, data: bytes) -> None:
    assert sandbox.process.stdin is not None
    try:
        sandbox.process.stdin.write(data)
        sandbox.process.stdin.flush()
    except BrokenPipeError:
        return  # it died: the lines will say so


def _let_finish(driver: Sandbox) -> None:
    """Close the driver's stdin, which asks it to write down what it has, and give it a moment."""
    assert driver.process.stdin is not None and driver.process.stdout is not None
    try:
        driver.process.stdin.close()
    except BrokenPipeError:
        return
    until = time.monotonic() + LINGER_S
    while driver.alive() and time.monotonic() < until:
        speaks = select.select([driver.process.stdout.fileno()], [], [], 0.05)[0]
        if speaks and not os.read(driver.process.stdout.fileno(), 65_536):
            break

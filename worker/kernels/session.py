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
from dataclasses import dataclass
from pathlib import Path

from grader.checks.values import RunFacts
from grader.submissions.report import Training
from worker.engines.base import Bind, Sandbox, SandboxEngine, SandboxLimits, SandboxSpec
from worker.kernels.request import Report, Request
from worker.kernels.watch import Watch
from worker.slots import Slot

HERE = Path(__file__).parent
KIT = HERE.parent / "zone_a_student"
DRIVER = ("driver.py", "printed.py", "epochs.py")
PORTS = ("shell", "iopub", "stdin", "control")
LINGER_S = 3.0  # for the driver to write down what a killed kernel had said


@dataclass
class Session:
    """One run of cells: how it ended, and the two open `/out` directories (close them with `close`)."""

    facts: RunFacts
    evidence_fd: int = -1
    driver_fd: int = -1
    started_ms: float = 0.0
    ran_ms: float = 0.0
    trainings: tuple[Training, ...] = ()

    def close(self) -> None:
        for number in (self.evidence_fd, self.driver_fd):
            if number >= 0:
                os.close(number)
        self.evidence_fd = self.driver_fd = -1


def run(engine: SandboxEngine, slot: Slot, request: Request, report: Report, cancelled: Callable[[], bool]) -> Session:
    """Run the cells to their end, whatever that is. Leaves no process behind; the caller closes the session.

    Raises:
        EngineError: a sandbox could not be made.
    """
    key = secrets.token_hex(16)
    with ExitStack() as life:
        folder, listening = life.enter_context(_sockets(slot))
        began = time.monotonic()
        driver = life.enter_context(engine.start(_driver(slot, folder)))
        student = life.enter_context(engine.start(_student(slot, request, key, listening)))
        for item in listening.values():
            item.close()
        order = {"cells": request.cells, "texts": request.texts, "key": key, "output_mb": request.limits.output_mb}
        _send(driver, json.dumps(order).encode() + b"\n")
        watch = Watch(student, driver, request, report, cancelled, began)
        facts = watch.until_the_end()
        student.kill()  # before anything it left is looked at
        _let_finish(driver)
        return Session(
            facts=facts,
            evidence_fd=os.dup(student.out_fd),
            driver_fd=os.dup(driver.out_fd),
            started_ms=1000 * ((watch.ready_at or time.monotonic()) - began),
            ran_ms=1000 * (time.monotonic() - (watch.ready_at or began)),
            trainings=watch.trainings.all(),
        )


def _driver(slot: Slot, sockets: Path) -> SandboxSpec:
    return SandboxSpec(
        role="driver",
        argv=("/venv/bin/python", "-I", "/kit/_grader_driver/driver.py"),
        uid=slot.driver_uid,
        binds=(*(Bind(HERE / name, f"/kit/_grader_driver/{name}") for name in DRIVER), Bind(sockets, "/sock", writable=True)),
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        limits=SandboxLimits(memory_mb=1024, processes=8, file_mb=64, out_mb=128, work_mb=64),
        cpus=slot.cpus,
    )


def _student(slot: Slot, request: Request, key: str, listening: Mapping[str, socket.socket]) -> SandboxSpec:
    collect = {
        "values": request.extra.collect,
        "models": request.models,
        "predict": request.predict,
        "reseed": request.reseed,
        "each_cell": request.extra.cells is not None,
        "swaps": [
            {"name": swap.name, "original": swap.original, "replacement": swap.replacement} for swap in request.extra.swaps
        ],
    }
    return SandboxSpec(
        role="student",
        argv=("/venv/bin/python", "-I", "/kit/_grader_kit/kernel.py"),
        uid=slot.student_uid,
        binds=(Bind(KIT, "/kit/_grader_kit"), *request.binds),
        env=_environment(slot, request, {"GRADER_KEY": key, "GRADER_COLLECT": json.dumps(collect)}),
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


def _environment(slot: Slot, request: Request, ours: Mapping[str, str]) -> dict[str, str]:
    return {
        **ours,
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
    }


@contextmanager
def _sockets(slot: Slot) -> Iterator[tuple[Path, dict[str, socket.socket]]]:
    """A short folder (a socket's path may have 107 bytes) with the kernel's sockets, listening before the kernel lives."""
    with tempfile.TemporaryDirectory(prefix=f"hwg-{slot.kind}{slot.number}-") as name:
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

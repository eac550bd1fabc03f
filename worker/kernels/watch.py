"""Follows one run of cells from outside: the driver's lines, the clock, and whether the student's sandbox still lives.

Whatever the kernel says of itself, a run ended as it is seen from here.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from grader.checks.values import RunFacts
from worker.engines.base import EngineError, Sandbox
from worker.kernels import events
from worker.kernels.request import Report, Request, Seen
from worker.kernels.trainings import Trainings

STOPPING_S = 3.0  # for a large process to be gone
START_S = 60.0  # from sandbox to kernel's first answer: imports on a cold disk


class Watch:
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
        self.seen = Seen()
        self.trainings = Trainings()
        self.cut_off = False  # the connection was dropped: by one output above the cap, or because the kernel is gone
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
            self.report(self.cell, self.seen)
        elif event.event == "output":
            self.seen = Seen(event.head, event.tail, event.skipped, self.seen.trainings)
            self.report(self.cell, self.seen)
        elif event.event == "epoch":
            self.trainings.add(event)
            self.seen = replace(self.seen, trainings=self.trainings.all())
            self.report(self.cell, self.seen)
        elif event.event == "done" and event.status == "error":
            self.failure = event
        elif event.event == "limit":
            self.cut_off = event.what == "message"
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
        if facts.code != "run.protocol" and not self.cut_off:
            return facts
        until = time.monotonic() + STOPPING_S
        while time.monotonic() < until:
            if self.student.end_reason or not self.student.alive():
                return self._ended()
            time.sleep(0.05)
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

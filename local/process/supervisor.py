"""The supervisor: starts services one after another, keeps them alive, and stops them the other way round.

One thread, no event loop: it starts a child, asks until it is ready, then looks at all of them four times a second.
Web, workers and beat are started again when they end, later each time; a database that ends takes everything down,
because what it held in memory is better replayed from the start than guessed at.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from local.process.guard import Guard, group_lives
from local.process.service import OneShot, Service
from local.process.spawn import spawn
from local.say import Step, Trouble

_TICK_S = 0.25
_BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STEADY_S = 60.0  # a service that lived this long begins its back-off anew
_LOG_KEPT_BYTES = 5_000_000


class ServiceFailed(Trouble):
    """A service or a one-shot command did not come up, or a database ended."""


class Interrupted(Exception):
    """Asked to stop while starting."""


@dataclass
class _Child:
    service: Service
    process: subprocess.Popen[bytes]
    begun: float = field(default_factory=time.monotonic)
    failures: int = 0
    again_at: float | None = None  # set while it is down and waits for its next start


class Supervisor:
    """The life of a set of services. `start` and `run` them in order, `watch` until asked to stop, `stop` in reverse."""

    def __init__(self, *, tell: Callable[[str], None]) -> None:
        self._guard = Guard()
        self._tell = tell
        self._children: list[_Child] = []
        self._asked = 0

    # -------------------------------------------------------------- signals

    def listen(self) -> None:
        """Take Ctrl-C, TERM and HUP as "stop in order". A second one shortens the wait of the service at hand."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # under nohup the terminal may go
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def remove_at_end(self, path: Path) -> None:
        """Remove a file or folder when all is stopped, also when we are killed."""
        self._guard.remove_at_end(path)

    # -------------------------------------------------------------- start

    def start(self, service: Service) -> None:
        """Start `service` and wait until it is ready. Raises `ServiceFailed` with the end of its log."""
        log, offset = _open_log(service.log)
        with Step(f"Starting {service.name}") as step:
            child = _Child(service, self._spawn(service))
            self._children.append(child)
            deadline = time.monotonic() + service.ready_within_s
            while not service.ready():
                self._refuse_if_asked()
                step.tick()
                if child.process.poll() is not None:
                    self._children.remove(child)
                    self._guard.ended(child.process.pid)
                    raise ServiceFailed(f"{service.name} ended at once ({_how(child.process)}).\n{_tail(log, offset)}")
                if time.monotonic() > deadline:
                    raise ServiceFailed(
                        f"{service.name} was not ready within {service.ready_within_s:.0f} s.\n{_tail(log, offset)}"
                    )
                time.sleep(0.05)

    def run(self, command: OneShot) -> None:
        """Run a one-shot command to its end. Raises `ServiceFailed` with the end of its log."""
        log, offset = _open_log(command.log)
        with Step(f"Running {command.name}") as step:
            process = spawn(command.argv, env=command.env, log=log, cwd=command.cwd)
            self._guard.started(process.pid)
            deadline = time.monotonic() + command.within_s
            try:
                while process.poll() is None:
                    self._refuse_if_asked()
                    step.tick()
                    if time.monotonic() > deadline:
                        raise ServiceFailed(f"{command.name} ran longer than {command.within_s:.0f} s.\n{_tail(log, offset)}")
                    time.sleep(0.05)
            finally:
                _kill_group(process.pid)
                process.wait()
                self._guard.ended(process.pid)
            if process.returncode != 0:
                raise ServiceFailed(f"{command.name} failed ({_how(process)}).\n{_tail(log, offset)}")

    def _refuse_if_asked(self) -> None:
        if self._asked:
            raise Interrupted

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        process = spawn(
            service.argv,
            env=service.env,
            log=service.log,
            cwd=service.cwd,
            account=service.account,
            death_signal=service.death_signal,
        )
        self._guard.started(process.pid)
        return process

    # -------------------------------------------------------------- keep alive

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything alive until a signal comes or `until()` says so. Raises `ServiceFailed` if a database ends."""
        while not self._asked and not until():
            for child in self._children:
                self._look_after(child)
            time.sleep(_TICK_S)

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.again_at is not None:
            if now >= child.again_at:
                child.process, child.begun, child.again_at = self._spawn(child.service), now, None
            return
        if child.process.poll() is None:
            return
        name = child.service.name
        _kill_group(child.process.pid)  # a pool's children may have outlived it
        self._guard.ended(child.process.pid)
        if not child.service.restart:
            raise ServiceFailed(f"{name} ended ({_how(child.process)}).\n{_tail(child.service.log)}")
        child.failures = 0 if now - child.begun > _STEADY_S else child.failures
        wait_s = _BACK_OFF_S[min(child.failures, len(_BACK_OFF_S) - 1)]
        child.failures += 1
        child.again_at = now + wait_s
        self._tell(f"{name} ended ({_how(child.process)}); starting it again in {wait_s:.0f} s. Log: {child.service.log}")

    # -------------------------------------------------------------- stop

    def mark(self) -> int:
        """A place in the order of starting, for `stop_since`."""
        return len(self._children)

    def stop_since(self, mark: int) -> None:
        """Stop what was started after `mark`, in reverse order, each with its own signals."""
        while len(self._children) > mark:
            child = self._children.pop()
            if child.again_at is None:
                self._stop_one(child)

    def stop(self) -> None:
        """Stop everything and send the guard home. Nothing is left."""
        self.stop_since(0)
        self._guard.dismiss()

    def _stop_one(self, child: _Child) -> None:
        begun = time.monotonic()
        for number, grace_s in child.service.stop:
            if child.process.poll() is None:
                if number == signal.SIGKILL:
                    _kill_group(child.process.pid)
                else:
                    child.process.send_signal(number)
                self._wait(child.process, grace_s)
        if child.process.poll() is None:
            self._tell(f"{child.service.name} (pid {child.process.pid}) does not end; left to the kernel.")
            return
        _kill_group(child.process.pid)
        self._guard.ended(child.process.pid)
        self._tell(f"Stopped {child.service.name} ({_how(child.process)}), {time.monotonic() - begun:.1f} s")

    def _wait(self, process: subprocess.Popen[bytes], grace_s: float) -> None:
        asked, deadline = self._asked, time.monotonic() + grace_s
        while process.poll() is None and time.monotonic() < deadline and self._asked == asked:
            time.sleep(0.02)


def _open_log(log: Path) -> tuple[Path, int]:
    """The log, and where this start begins in it. A long one of earlier starts is set aside once."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log, log.stat().st_size if log.exists() else 0


def _kill_group(pid: int) -> None:
    """End what is left of the session that `pid` began, and wait a moment for the kernel to have done so."""
    deadline = time.monotonic() + 1.0
    while group_lives(pid) and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        time.sleep(0.01)


def _how(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"


def _tail(log: Path, offset: int = 0, lines: int = 25) -> str:
    """The last lines that were written to `log` since `offset`, indented, with the log's path above."""
    with log.open("rb") as file:
        file.seek(max(offset, file.seek(0, os.SEEK_END) - 20_000))
        text = file.read().decode(errors="replace")
    return f"  {log}:\n" + "\n".join(f"  | {row}" for row in text.splitlines()[-lines:])

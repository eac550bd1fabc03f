"""The guard: a process that outlives its supervisor by seconds, to end what the supervisor could not.

The supervisor writes one line for each fact: `+ PID` started, `- PID` ended, `d PATH` a file or folder to remove, `bye` all is
stopped. If the pipe ends without `bye`, the supervisor was killed: children have had their death signal from the kernel,
so the guard waits a little for them to go, then kills their whole sessions and removes the folders.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

GRACE_S = 6.0  # Postgres ends a fast shutdown in under a second, a prefork worker in about two


class Guard:
    """The supervisor's end of the pipe. Make it before any thread exists: it forks."""

    def __init__(self) -> None:
        read_end, self._pipe = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._pipe)
            _stand_watch(read_end)
        os.close(read_end)

    def started(self, pid: int) -> None:
        self._tell(f"+ {pid}")

    def ended(self, pid: int) -> None:
        self._tell(f"- {pid}")

    def remove_at_end(self, path: Path) -> None:
        self._tell(f"d {path}")

    def dismiss(self) -> None:
        """All is stopped: the guard removes the folders and goes."""
        self._tell("bye")
        os.close(self._pipe)
        os.waitpid(self.pid, 0)

    def _tell(self, text: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # a guard that was killed must not take the site with it
            os.write(self._pipe, f"{text}\n".encode())


def _stand_watch(read_end: int) -> None:
    """The child's whole life. Never returns."""
    code = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        pids: set[int] = set()
        doomed: list[str] = []
        said_bye = False
        with open(read_end) as lines:
            for text in lines:
                sign, _, what = text.rstrip("\n").partition(" ")
                if sign == "+":
                    pids.add(int(what))
                elif sign == "-":
                    pids.discard(int(what))
                elif sign == "d":
                    doomed.append(what)
                else:
                    said_bye = True
        if not said_bye:
            _end(pids)
        for path in doomed:
            _remove(Path(path))
        code = 0
    finally:
        os._exit(code)  # never run the forked supervisor's exit handlers


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _end(pids: set[int]) -> None:
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(group_lives(pid) for pid in pids):
        time.sleep(0.1)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def group_lives(pid: int) -> bool:
    """Whether a process is left of the session that `pid` began (its group has the same number); zombies don't count."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                if group == str(pid) and state not in "ZX":
                    return True
    return False

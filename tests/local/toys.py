"""Small services for the supervisor to keep: a server that answers, one that won't end, one that ends at once."""

from __future__ import annotations

import sys
from pathlib import Path

from local.process.service import Service, Stop

# Writes its pid and its child's pid, then waits. The child is in the same session, as a pool's processes are.
_WITH_CHILD = """
import os, signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
time.sleep(60)
"""
_STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""


def a_service(
    folder: Path, name: str = "toy", *, code: str = _WITH_CHILD, restart: bool = False, stop: Stop | None = None
) -> Service:
    """A Python program that is ready once it has written its pids to `folder/name.pids`."""
    pids = folder / f"{name}.pids"
    pids.unlink(missing_ok=True)
    made = Service(
        name=name,
        argv=(sys.executable, "-c", code, str(pids)),
        env={"PATH": "/usr/bin:/bin"},
        cwd=folder,
        log=folder / f"{name}.log",
        ready=lambda: pids.exists() and pids.read_text() != "",
        ready_within_s=20,
        restart=restart,
    )
    return made if stop is None else Service(**{**made.__dict__, "stop": stop})


def a_stubborn_service(folder: Path, name: str = "stubborn") -> Service:
    """One that ignores TERM."""
    import signal

    return a_service(folder, name, code=_STUBBORN, stop=((signal.SIGTERM, 0.5), (signal.SIGKILL, 5.0)))


def pids_of(folder: Path, name: str = "toy") -> list[int]:
    return [int(pid) for pid in (folder / f"{name}.pids").read_text().split()]


def lives(pid: int) -> bool:
    """Whether `pid` runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"

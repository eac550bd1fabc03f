"""How well this machine can guard a run: tried, not guessed, once at a worker's start; and what is missing for more, in words.

full       root, own namespaces: a uid of its own for each slot
rootless   a plain user with user namespaces
landlock   no namespaces: only where GRADER_ALLOW_LANDLOCK says so, since it holds less (`landlock.py` says what)
none       refuses to grade; there is no setting for it
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from worker.config import WorkerConfig
from worker.engines import landlock
from worker.engines.base import EngineError, Level
from worker.engines.bubblewrap import BubblewrapEngine

_SYS_ADMIN = 21
_SWITCHES = {
    "/proc/sys/user/max_user_namespaces": ("0", "user.max_user_namespaces is 0: give it some thousands"),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone is 0: set it to 1"),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "AppArmor forbids user namespaces: set kernel.apparmor_restrict_unprivileged_userns to 0, or give bwrap a profile",
    ),
}


@dataclass(frozen=True)
class Probed:
    """The level, and what the next better one wants; `missing` is empty at level full."""

    level: Level
    missing: str = ""


def probe(config: WorkerConfig) -> Probed:
    """Make a sandbox of nothing (some 15 ms). Holds nothing afterwards, and raises nothing."""
    try:
        said = BubblewrapEngine(config.runtime).tried()
    except EngineError as problem:
        said = str(problem)
    if not said:
        if os.geteuid() == 0:
            return Probed("full")
        return Probed(
            "rootless", "run the worker as root: each slot's sandboxes then have a uid of their own, and control groups"
        )
    missing = "; ".join([said, *reasons()])
    lacking = landlock.missing() or landlock.unreachable_runtime(config.runtime)
    if config.allow_landlock and not lacking:
        return Probed("landlock", missing)
    weaker = lacking or "GRADER_ALLOW_LANDLOCK=1 would allow the weaker level landlock (docs/reference/settings.md)"
    return Probed("none", f"{missing}. {weaker}")


def reasons() -> list[str]:
    """Why namespaces are refused here, as far as it can be seen, each with what to do."""
    found = []
    if os.geteuid() == 0:
        if not int(_status("CapEff"), 16) >> _SYS_ADMIN & 1:
            found.append(
                "the capability SYS_ADMIN is missing: in a container cap_add: [SYS_ADMIN], or run the worker as a plain user"
            )
    else:
        for file, (bad, sentence) in _SWITCHES.items():
            if Path(file).exists() and Path(file).read_text().strip() == bad:
                found.append(sentence)
    if _status("Seccomp") == "2":
        found.append("a container's system-call filter is on: security_opt: seccomp=… and systempaths=unconfined (compose file)")
    return found


def _status(name: str) -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name + ":")), "0")

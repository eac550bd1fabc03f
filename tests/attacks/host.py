"""What lies on the host beside a sandbox: things an attack would like to reach, and what must be as it was.

Listeners that nobody may call, a file that nobody may read or write, a process of the student's own uid that nobody may
end, a secret in our environment; and the counts of whatever a run might leave behind.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from worker.engines import cgroups, namespaces
from worker.engines.watcher import tree

ROOT = Path(__file__).resolve().parents[2]
SECRET_NAME, SECRET = "GRADER_ATTACK_SECRET", "in the worker's environment"
MARK = f"attack-was-here-{os.urandom(4).hex()}"  # a word of this process: another run's marks are not ours
NAMESPACES = ("mnt", "pid", "net", "ipc", "uts", "cgroup")
ONLY_NEW = {"processes", "descriptors"}
SETTLE_S = 10.0  # the kernel's and our watchers' time to take things down, on a busy machine
_OURS = ("worker/zone_a_student", "worker/engines", "worker/kernels", "tests/attacks/packages")  # bound into sandboxes, or beside


class Bystanders:
    """What an attack may aim at. `words` are put in the place of @NAME@ in its cells."""

    def __init__(self, folder: Path, uids: list[int]) -> None:
        self.folder, self.uids = folder, uids
        self.canary = folder / "canary"
        self.canary.mkdir(mode=0o777)
        self.canary.chmod(0o777)
        self.file = self.canary / "marks.csv"
        self.file.write_text("student,score\nanother student,3\n")
        self.file.chmod(0o666)
        self.tcp, self.udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.path, self.abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self.tcp.bind(("127.0.0.1", 0))
        self.udp.bind(("127.0.0.1", 0))
        self.path.bind(str(self.canary / "s"))
        (self.canary / "s").chmod(0o777)
        self.abstract.bind(f"\0{folder.name}")
        for listening in (self.tcp, self.path, self.abstract):
            listening.listen(8)
        for one in (self.tcp, self.udp, self.path, self.abstract):
            one.setblocking(False)
        self.victims = [self._victim(uid) for uid in uids]

    @property
    def words(self) -> dict[str, str]:
        return {
            "CANARY": str(self.canary),
            "TCP": str(self.tcp.getsockname()[1]),
            "UDP": str(self.udp.getsockname()[1]),
            "ABSTRACT": self.folder.name,
            "VICTIM": str(self.victims[0].pid),
            "WORKER": str(os.getpid()),
            "SECRET_NAME": SECRET_NAME,
            "MARK": MARK,
            "HOME": str(self.folder),
            "NAMESPACES": " ".join(
                os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "pid", "net", "ipc", "uts", "cgroup")
            ),
        }

    def touched(self) -> list[str]:
        """What of these was reached since we last looked."""
        found = [f"somebody connected to the {name} socket" for name in ("tcp", "path", "abstract") if self._called(name)]
        with contextlib.suppress(BlockingIOError):
            found.append(f"the udp socket got {self.udp.recv(100)!r}")
        ended = [number for number, victim in enumerate(self.victims) if victim.poll() is not None]
        for number in ended:
            found.append(f"process {self.victims[number].pid} of the same uid was ended")
            self.victims[number] = self._victim(self.uids[number])
        return found

    def close(self) -> None:
        for one in (self.tcp, self.udp, self.path, self.abstract):
            one.close()
        for victim in self.victims:
            victim.kill()
            victim.wait()

    def _called(self, name: str) -> bool:
        try:
            getattr(self, name).accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def _victim(self, uid: int) -> subprocess.Popen[bytes]:
        as_them: dict[str, Any] = {"user": uid, "group": uid, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.Popen(
            ["sleep", "3600"],
            env={SECRET_NAME: "in a process of the same uid"},
            cwd="/",
            preexec_fn=namespaces.die_with_parent,  # nothing is left of a run that was killed
            **as_them,
        )


class Leftovers:
    """A picture of whatever a run might leave or change, to be held against a later one.

    Other people's runs, and the tests before us in the same process, may end things meanwhile; so of processes and descriptors
    only new ones count, of everything else any change.
    """

    def __init__(self, bystanders: Bystanders, pids: list[int], zygotes: Callable[[], Iterable[int]]) -> None:
        self.bystanders, self.pids, self.zygotes = bystanders, pids, zygotes
        self.were_zygotes: set[int] = set()
        gc.collect()  # what earlier tests forgot to close is closed before we count
        until = time.monotonic() + SETTLE_S
        while (now := self._look())["threads"] and time.monotonic() < until:
            time.sleep(0.02)  # the watcher of what ran just before may be at its last look
        self.before = now

    def complaints(self) -> list[str]:
        """What is not as it was; the kernel and our watchers get a moment to take things down."""
        until = time.monotonic() + SETTLE_S
        while any(self._changes(now := self._look()).values()) and time.monotonic() < until:
            time.sleep(0.02)
        changes = self._changes(now)
        self.before = now  # the next attack answers for itself alone
        return [f"{what} left or changed: {sorted(changed)[:6]}" for what, changed in changes.items() if changed]

    def _changes(self, now: dict[str, set[str]]) -> dict[str, set[str]]:
        return {what: now[what] - self.before[what] if what in ONLY_NEW else now[what] ^ self.before[what] for what in now}

    def _processes(self) -> set[int]:
        """Those of sandboxes: below a zygote, a bubblewrap or the neighbour, or of a slot's uids. We may have other children."""
        self.were_zygotes.update(self.zygotes())  # one is replaced after some hundred runs
        cold = [pid for pid in tree(os.getpid()) if _command(pid) == "bwrap"]
        below = [pid for root in (*self.were_zygotes, *cold, *self.pids[1:]) for pid in tree(root)]
        known = self.were_zygotes | {victim.pid for victim in self.bystanders.victims}
        return {*cold, *below, *_of_uids(self.bystanders.uids)} - known

    def _look(self) -> dict[str, set[str]]:
        return {
            "processes": {str(pid) for pid in self._processes()},
            "names in the folder for temporary files": _names(self.bystanders.folder),
            "marks in /tmp": {name for name in os.listdir("/tmp") if MARK in name},
            "control groups": {
                name  # os.walk passes over what vanishes meanwhile
                for _, names, _ in os.walk(cgroups.ROOT)
                for name in names
                if name.startswith(tuple(f"{cgroups.NAME}-{pid}-" for pid in self.pids))
            },
            "mounts": set(Path("/proc/self/mountinfo").read_text().splitlines()),
            "descriptors": set(_descriptors()),
            "threads": {thread.name for thread in threading.enumerate() if thread.name.startswith("watcher")},
            "the file beside": {hashlib.sha256(self.bystanders.file.read_bytes()).hexdigest()},
            "our code": {str(path) for place in _OURS for path in (ROOT / place).rglob("*") if _is_spoilt(path)},
        }


def _descriptors() -> Iterator[str]:
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one by which we look is closed by now
            yield f"{number} {os.readlink(f'/proc/self/fd/{number}')}"


def _names(folder: Path) -> set[str]:
    """Two levels down: folders of runs, of slots, and of zygotes."""
    return {str(path) for pattern in ("*", "*/*", "*/*/*") for path in folder.glob(pattern)}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""  # it ended while we looked


def _is_spoilt(path: Path) -> bool:
    """Whether an attack left its mark on a file of ours. (People may edit them meanwhile; attacks write the mark.)"""
    return MARK in path.name or (path.is_file() and MARK.encode() in path.read_bytes())


def _of_uids(uids: list[int]) -> list[int]:
    """Processes of these slots' sandboxes, whoever made them: each slot has ten uids. A plain user's are all their own."""
    if os.geteuid() != 0:
        return []
    found = []
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid // 10 in {uid // 10 for uid in uids}:
                found.append(int(name))
        except OSError:
            continue  # it ended while we looked
    return found

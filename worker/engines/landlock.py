"""The landlock engine, for machines where namespaces are forbidden. Weaker; taken only where GRADER_ALLOW_LANDLOCK says so.

Cold. `fence.py` is the first program inside. There is no root of its own: a sandbox's folders lie in a tree of its own, whose
path the program learns as GRADER_ROOT, and what it is to read is copied in there. What this level does *not* hold, beside the
full one:

- the sandbox shares the host's process numbers, host name and network namespace (it makes no socket, but could see that a
  path exists, and how large and old a file is);
- what it writes lies on the host's disk, an `/out` until the next sandbox starts after it was read; when the sum is above its
  limit the run is ended (a look every 100 ms);
- without root it has the worker's own uid: what separates them are Landlock and the filters alone;
- a driver, which parses hostile bytes, may connect to a unix socket of the host that its uid may open;
- /tmp and /dev/shm do not exist for it, so a DataLoader with workers fails.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from worker.engines import cgroups, fence, narrow, seccomp
from worker.engines.base import EngineError, Level, Sandbox, SandboxEngine, SandboxSpec
from worker.engines.bubblewrap import _begin
from worker.engines.view import COVERED, environment

START_S = 20.0
PREFIX = "hwg-land"
_SYSTEM = ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")
_FACTS = (
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/version", "/proc/loadavg", "/proc/uptime", "/proc/filesystems"),
    *("/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/osrelease", "/sys/devices/system/cpu", "/sys/devices/system/node"),
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_OWN = ("box", "out", "tmp")
_CODE_ROOT = str(Path(__file__).resolve().parents[2])
_IMPORT = "import sys; sys.path.insert(0, sys.argv.pop()); from worker.engines.fence import main; main()"


def missing() -> str:
    """What this machine lacks for the landlock level, in words; empty where nothing is."""
    if not seccomp.supported():
        return "the landlock level needs the system-call filter, which knows x86-64 only"
    found = fence.abi()
    if found < fence.NEEDED_ABI:
        return f"the landlock level needs Landlock's ABI {fence.NEEDED_ABI} (Linux 6.12); here it is {max(found, 0)}"
    return ""


def unreachable_runtime(runtime: Path) -> str:
    """As root a sandbox runs as another uid, which must be able to open the runtime where it lies: nothing is bound."""
    base = Path(os.path.realpath(runtime / "bin" / "python")).parent.parent
    for path in (runtime, base) if os.geteuid() == 0 else ():
        for folder in (path, *path.parents):
            if folder.exists() and not folder.stat().st_mode & 0o001:
                return f"the slot's uid can't open {path}, since {folder} is closed to others: run the worker as a plain user"
    return ""


class LandlockEngine(SandboxEngine):
    """Level landlock, as root (a uid of the slot) and for a plain user (the worker's own)."""

    name = "landlock"
    level: Level = "landlock"

    def __init__(self, runtime: Path = Path(sys.prefix)) -> None:
        if why := missing():
            raise EngineError(why)
        self.runtime = runtime
        self.base = Path(os.path.realpath(runtime / "bin" / "python")).parent.parent
        if why := unreachable_runtime(runtime):
            raise EngineError(why)
        _sweep_dead()

    def close(self) -> None:
        _sweep()

    def start(self, spec: SandboxSpec) -> Sandbox:
        _sweep()
        root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}-{os.getpid()}-"))
        try:
            self._furnish(root, spec)
        except OSError as problem:
            shutil.rmtree(root, ignore_errors=True)
            raise EngineError(f"the folders of the sandbox for {spec.role} could not be made: {problem}") from problem
        errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - the sandbox keeps it
        group = cgroups.make(memory_mb=spec.limits.memory_mb, threads=spec.limits.threads)
        says, ready = os.pipe()
        config = json.dumps(self._config(root, spec) | {"ready": ready, "worker": os.getpid()})
        try:
            process = subprocess.Popen(
                [str(self.runtime / "bin" / "python"), "-I", "-S", "-c", _IMPORT, config, _CODE_ROOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=[ready, *spec.fds.values()],
                env={},
                cwd="/",
                start_new_session=True,
                preexec_fn=partial(_begin, group.join_files() if group else [], spec.cpus),  # noqa: PLW1509 - takes no lock
            )
        finally:
            os.close(ready)
        sandbox = Fenced(process, os.open(root / "out", os.O_RDONLY | os.O_DIRECTORY), spec, errors, group, root)
        try:
            why = _answer(says)
        finally:
            os.close(says)
        if why:
            sandbox.close()
            raise EngineError(f"the sandbox for {spec.role} did not start: {why}")
        return sandbox

    def _furnish(self, root: Path, spec: SandboxSpec) -> None:
        """The tree: folders of the sandbox's own, and copies of what it is given (its uid may not reach where they lie)."""
        for name in _OWN:
            (root / name).mkdir(mode=0o755)
        for bind in spec.binds:
            target = root / bind.inside.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if bind.writable:
                _link_sockets(bind.host, target)
            elif bind.host.is_dir():
                shutil.copytree(bind.host, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(bind.host, target)
        for folder, _, names in os.walk(root):
            own = spec.uid if os.geteuid() == 0 and Path(folder).relative_to(root).parts[:1] in {(name,) for name in _OWN} else -1
            os.chown(folder, own, own)
            os.chmod(folder, 0o755)  # noqa: S103 - the folder above all of them is closed to others, below
            for name in names:
                if os.path.isfile(path := os.path.join(folder, name)):  # a socket keeps its mode: it is the worker's own
                    os.chmod(path, 0o644)
        # Closed to everybody else on this machine: labels lie in a judge's tree. As root its uid comes in by its group.
        if os.geteuid() == 0:
            os.chown(root, 0, spec.uid)
        root.chmod(0o710)

    def _config(self, root: Path, spec: SandboxSpec) -> dict[str, Any]:
        filters = [seccomp.program(), narrow.program(connects=spec.role == "driver")]
        limits = {name: getattr(spec.limits, name) for name in ("memory_mb", "threads", "cpu_s", "file_mb")}
        numbers = {f"GRADER_FD_{name.upper()}": str(number) for name, number in spec.fds.items()}
        named = {"GRADER_ROOT": str(root), "TMPDIR": f"{root}/{_OWN[2]}"}
        return {
            "uid": spec.uid,
            "argv": [self._named(root, word) for word in spec.argv],
            "env": {name: self._named(root, value) for name, value in environment(spec).items()} | numbers | named,
            "limits": limits,
            "quiet": spec.role == "student",
            "box": f"{root}/box",
            "read": [*_uncovered("/usr"), *_SYSTEM, *_FACTS, *self._python(), str(root)],
            "write": [f"{root}/{name}" for name in _OWN],
            "devices": [*_DEVICES, *spec.devices],
            "folders": [number for number in spec.fds.values() if os.path.isdir(f"/proc/self/fd/{number}")],
            "filters": [code.hex() for code in filters],
            "disk_mb": spec.limits.work_mb + spec.limits.out_mb,
        }

    def _python(self) -> list[str]:
        return [str(self.runtime)] if self.base.is_relative_to("/usr") else [str(self.runtime), str(self.base)]

    def _named(self, root: Path, text: str) -> str:
        """An argument or a list of paths, with the names that a sandbox knows put where they lie."""
        return ":".join(
            f"{self.runtime}{word.removeprefix('/venv')}"
            if word.startswith("/venv/")
            else f"{root}{word}"
            if word.startswith(("/box", "/kit/", "/out"))
            else word
            for word in text.split(":")
        )


def _answer(says: int) -> str:
    """What went wrong before the program began; empty when it began (the pipe closes as it is executed)."""
    text = b""
    while select.select([says], [], [], START_S)[0]:
        piece = os.read(says, 4096)
        if not piece:
            return text.decode(errors="replace").strip()
        text += piece
    return "it took too long"


class Fenced(Sandbox):
    """A sandbox with its tree, which goes with it; its `/out` goes when nobody here has it open any more."""

    def __init__(self, process: Any, out_fd: int, spec: SandboxSpec, errors: IO[bytes], group: Any, root: Path) -> None:
        super().__init__(process, out_fd, spec, errors, group)
        self.root = root

    def close(self) -> None:
        super().close()
        for name in os.listdir(self.root):
            if name != "out":
                _remove(self.root / name)
        _sweep()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sweep() -> None:
    """Remove the trees of this process that have only their `out` left, unless it is still open here (evidence is read late)."""
    links = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            links.add(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            continue  # the one that listed them
    for tree in Path(tempfile.gettempdir()).glob(f"{PREFIX}-{os.getpid()}-*"):
        if os.listdir(tree) == ["out"] and str(tree / "out") not in links:
            shutil.rmtree(tree, ignore_errors=True)


def _sweep_dead() -> None:
    """Remove the trees of workers that are gone."""
    for tree in Path(tempfile.gettempdir()).glob(f"{PREFIX}-*-*"):
        if not Path(f"/proc/{tree.name.split('-')[2]}").exists():
            shutil.rmtree(tree, ignore_errors=True)


def _link_sockets(folder: Path, target: Path) -> None:
    """A folder of the worker's with sockets: the same sockets in the tree, since the folder above is closed to other uids."""
    target.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        os.link(path, target / path.name)


def _uncovered(folder: str) -> Iterator[str]:
    """A folder without what is covered beneath it: Landlock can allow, and not except, so its children are named one by one."""
    if not any(Path(covered).is_relative_to(folder) for covered in COVERED):
        yield folder
        return
    if folder not in COVERED:
        for name in sorted(os.listdir(folder)):
            yield from _uncovered(f"{folder}/{name}")

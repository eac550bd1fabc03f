"""What a sandbox sees of the file system, as a list of mounts in order: the one description that every engine carries out.

/usr read-only with the data sets covered (labels lie there), the Python that runs us, the runtime's virtual environment at
/venv, and tmpfs with a size: /box (work), /tmp, /dev/shm, /out (what may leave). Nothing of /home, /var or /run, and of /etc
four small files. The root itself is read-only at the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from worker.engines.base import SandboxSpec

INSIDE = Path(__file__).with_name("inside.py")
COVERED = ("/usr/share/datasets", "/usr/local/share/datasets")

Kind = Literal["bind", "tmpfs", "symlink", "directory", "file", "device"]


@dataclass(frozen=True)
class Mount:
    """One step. `source` is a host path (bind, device), a link's target, or a small file's text."""

    kind: Kind
    inside: str
    source: str = ""
    writable: bool = False
    mode: int = 0o755
    size_mb: int = 1


def view(spec: SandboxSpec, runtime: Path) -> list[Mount]:
    """The steps for one sandbox, parents before what lies in them. /proc and the plain /dev are the engine's."""
    limits = spec.limits
    steps = [*_system(), *_python(runtime)]
    steps += [
        Mount("tmpfs", "/dev/shm", mode=0o1777, size_mb=min(limits.work_mb, 256)),  # noqa: S108 - a mount of the sandbox's own
        Mount("tmpfs", "/tmp", mode=0o1777, size_mb=min(limits.work_mb, 512)),  # noqa: S108
        Mount("tmpfs", "/box", size_mb=limits.work_mb),
        Mount("tmpfs", "/out", size_mb=limits.out_mb),
        Mount("bind", "/inside.py", str(INSIDE)),
    ]
    for bind in spec.binds:
        steps += [*_parents(bind.inside), Mount("bind", bind.inside, str(bind.host), writable=bind.writable)]
    for device in spec.devices:
        steps += [*_parents(device), Mount("device", device, device, writable=True)]
    return steps


def environment(spec: SandboxSpec) -> dict[str, str]:
    """The whole environment of the first program: nothing of the host's."""
    home = {"PATH": "/venv/bin:/usr/bin:/bin", "HOME": "/box", "USER": "student", "LANG": "C.UTF-8", "TZ": "UTC"}
    return {**home, **spec.env}


def _system() -> Iterator[Mount]:
    yield Mount("bind", "/usr", "/usr")
    for covered in COVERED:
        if os.path.isdir(covered):
            yield Mount("tmpfs", covered)
    for name in ("lib", "lib32", "lib64", "libx32", "bin", "sbin"):
        path = Path("/") / name
        if path.is_symlink():
            yield Mount("symlink", str(path), os.readlink(path))
        elif path.is_dir():
            yield Mount("bind", str(path), str(path))
    yield Mount("directory", "/etc")
    for path in (Path("/etc/ld.so.cache"), Path("/etc/alternatives"), Path("/etc/fonts")):
        if path.exists():
            yield Mount("bind", str(path), str(path))


def _python(runtime: Path) -> Iterator[Mount]:
    base = Path(os.path.realpath(runtime / "bin" / "python")).parent.parent
    if not base.is_relative_to("/usr"):
        yield from _parents(str(base))
        yield Mount("bind", str(base), str(base))
    yield Mount("bind", "/venv", str(runtime))


def small_files(uid: int) -> list[Mount]:
    """The files of /etc that programs ask for."""
    return [
        Mount("file", "/etc/passwd", f"student:x:{uid}:{uid}::/box:/bin/sh\n", mode=0o444),
        Mount("file", "/etc/group", f"student:x:{uid}:\n", mode=0o444),
        Mount("file", "/etc/hosts", "127.0.0.1 localhost grader\n", mode=0o444),
    ]


def _parents(inside: str) -> Iterator[Mount]:
    """A missing parent that an engine makes by itself might be closed to the slot's uid."""
    for parent in reversed(Path(inside).parents[:-1]):
        yield Mount("directory", str(parent))

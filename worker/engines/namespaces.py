"""Namespaces, mounts and the system-call filter by their system calls, for the process that makes a sandbox of itself.

Runs in a zygote's child, between its fork and a student's first line: small, and without anything that can start a thread.
Raises OSError with the step's name; the child then ends and the caller falls back to a cold start.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWNS, _CLONE_NEWCGROUP, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT = 1, 2, 4, 8, 32
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MNT_DETACH = 2
_SYS_PIVOT_ROOT, _SYS_SECCOMP = 155, 317
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
# A mount that came with these can't lose them in a user namespace: statvfs says them, mount(2) wants them again.
_KEPT = {0x2: _MS_NOSUID, 0x4: _MS_NODEV, 0x8: _MS_NOEXEC, 0x400: 0x400, 0x800: 0x800, 0x1000: 1 << 21}
_DEVICES = ("null", "zero", "full", "random", "urandom")
INODES = 20_000


def _check(result: int, step: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def prctl(what: int, value: int) -> None:
    _check(libc.prctl(what, ctypes.c_ulong(value), 0, 0, 0), f"prctl {what}")


def die_with_parent() -> None:
    """SIGKILL to this process when its parent ends. A change of uid clears it: set it again afterwards."""
    prctl(_PR_SET_PDEATHSIG, 9)


def dumpable(yes: bool) -> None:
    prctl(_PR_SET_DUMPABLE, int(yes))


def unshare(uid: int) -> None:
    """New mount, pid, network, IPC, host-name and cgroup namespaces; without root in a user namespace with `uid` alone."""
    if os.geteuid() != 0:
        outside_uid, outside_gid = os.geteuid(), os.getegid()
        _check(libc.unshare(_CLONE_NEWUSER), "unshare user")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1")
        Path("/proc/self/gid_map").write_text(f"{uid} {outside_gid} 1")
    others = _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS | _CLONE_NEWCGROUP
    _check(libc.unshare(others), "unshare")


def mount(source: str | None, target: str, kind: str | None = None, flags: int = 0, data: str | None = None) -> None:
    as_bytes = [text.encode() if text is not None else None for text in (source, target, kind, data)]
    _check(libc.mount(*as_bytes[:3], ctypes.c_ulong(flags), as_bytes[3]), f"mount {source} on {target}")


def build_root(root: str, steps: Iterable[dict[str, Any]], uid: int) -> None:
    """Make the file view under the empty folder `root` and make it this process's root. `steps` are `view.Mount`s."""
    mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=16m,mode=755")
    os.umask(0)
    _devices(root)
    os.mkdir(root + "/proc", 0o755)
    mount("proc", root + "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    for step in steps:
        _carry_out(root, step, uid)
    os.chdir(root)
    _check(libc.syscall(_SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _check(libc.umount2(b".", _MNT_DETACH), "umount")
    os.chdir("/")
    mount(None, "/", None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def _carry_out(root: str, step: dict[str, Any], uid: int) -> None:
    target, source = root + step["inside"], step["source"]
    if step["kind"] == "directory":
        os.makedirs(target, step["mode"], exist_ok=True)
    elif step["kind"] == "symlink":
        os.symlink(source, target)
    elif step["kind"] == "file":
        Path(target).write_text(source)
        os.chmod(target, step["mode"])
    elif step["kind"] == "tmpfs":
        os.makedirs(target, exist_ok=True)
        owner = f"uid={uid},gid={uid}" if os.geteuid() != 0 else "uid=0"
        options = f"size={step['size_mb']}m,mode={step['mode']:o},nr_inodes={INODES},{owner}"
        mount("tmpfs", target, "tmpfs", _MS_NOSUID | _MS_NODEV, options)
    else:
        bind(source, target, writable=step["writable"], device=step["kind"] == "device")


def bind(source: str, target: str, *, writable: bool, device: bool = False) -> None:
    if os.path.isdir(source):
        os.makedirs(target, 0o755, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(source, target, None, _MS_BIND | _MS_REC)
    kept = sum(flag for seen, flag in _KEPT.items() if os.statvfs(target).f_flag & seen)
    flags = _MS_REMOUNT | _MS_BIND | _MS_NOSUID | kept | (0 if writable else _MS_RDONLY) | (0 if device else _MS_NODEV)
    mount(None, target, None, flags)


def _devices(root: str) -> None:
    os.mkdir(root + "/dev", 0o755)
    for name in _DEVICES:
        bind("/dev/" + name, f"{root}/dev/{name}", writable=True, device=True)
    for name, target in (
        ("fd", "/proc/self/fd"),
        ("stdin", "fd/0"),
        ("stdout", "fd/1"),
        ("stderr", "fd/2"),
        ("ptmx", "pts/ptmx"),
    ):
        os.symlink(target, f"{root}/dev/{name}")
    os.mkdir(root + "/dev/pts", 0o755)
    mount("devpts", root + "/dev/pts", "devpts", _MS_NOSUID | _MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")


def loopback_up() -> None:
    """A network namespace begins with its loopback down; multiprocessing and Jupyter want it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        fcntl.ioctl(channel, 0x8914, struct.pack("16sH14x", b"lo", 0x41))  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING


def filter_calls(program: bytes) -> None:
    """Put on a seccomp filter (`worker.engines.seccomp.program`), for this process and all it will make."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    steps = ctypes.create_string_buffer(program)
    given = Program(len(program) // 8, ctypes.addressof(steps))
    _check(libc.syscall(_SYS_SECCOMP, 1, 1, ctypes.byref(given)), "seccomp")  # SET_MODE_FILTER, TSYNC


def without_capabilities() -> None:
    """Without root the user namespace gave this process all capabilities in it: take them away for good."""
    for capability in range(64):
        if libc.prctl(24, ctypes.c_ulong(capability), 0, 0, 0) < 0:  # PR_CAPBSET_DROP
            break
    _check(libc.capset(struct.pack("Ii", 0x20080522, 0), b"\0" * 24), "capset")

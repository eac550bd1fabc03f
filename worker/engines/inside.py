"""The first program inside every sandbox: hands out `/out`, puts on the limits, drops what is left of root, execs.

It runs before any hostile code, as a file of its own (`python -I -S inside.py CONFIG`), and imports nothing of ours.
CONFIG is JSON: uid, argv, out_socket, limits, cpus, own (directories to give to the uid).
Order matters: `/out` is opened and sent away while nothing of the student's runs, so the descriptor can be trusted
whatever happens in here later; the limits come before the uid, since raising them is root's right.
"""

import ctypes
import json
import os
import resource
import socket
import struct
import sys
from typing import Any

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 24, 38
_CAPABILITY_VERSION_3 = 0x20080522


def main() -> None:
    config = json.loads(sys.argv[1])
    settle(config)
    begin(config)
    os.execv(config["argv"][0], config["argv"])


def settle(config: dict[str, Any]) -> None:
    """Hand out `/out`, put on the limits, and drop root."""
    _send_out(config["out_socket"])
    limit(config["limits"])
    if config["cpus"]:
        os.sched_setaffinity(0, config["cpus"])
    if os.geteuid() == 0 and config["uid"]:
        for directory in config["own"]:
            os.makedirs(directory, exist_ok=True)
            os.chown(directory, config["uid"], config["uid"])
        _drop(config["uid"])


def begin(config: dict[str, Any]) -> None:
    """The last steps before a program's own code."""
    if config["quiet"]:  # what a student's process writes past its kernel is nobody's; it must not fill a disk
        nothing = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
    os.umask(0o022)
    os.chdir("/box")


def _send_out(number: int) -> None:
    channel = socket.socket(fileno=number)
    directory = os.open("/out", os.O_RDONLY | os.O_DIRECTORY)
    socket.send_fds(channel, [b"out"], [directory])
    os.close(directory)
    channel.close()


def limit(limits: dict[str, int]) -> None:
    """Hard limits of this process and all that come of it; without `threads` none on their number."""
    megabyte = 1 << 20
    for what, value in (
        (resource.RLIMIT_CORE, 1),  # not 0: a handler behind a pipe (apport, systemd) heeds this value alone
        (resource.RLIMIT_NOFILE, 1024),
        (resource.RLIMIT_FSIZE, limits["file_mb"] * megabyte),
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_MSGQUEUE, 0),
        *([(resource.RLIMIT_NPROC, limits["threads"])] if "threads" in limits else []),
        # A backstop above the watcher's limit: one allocation can't outrun it by more than this.
        (resource.RLIMIT_DATA, (limits["memory_mb"] + 2048) * megabyte),
    ):
        resource.setrlimit(what, (value, value))


def _drop(uid: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    for capability in range(64):
        if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, b"\0" * 24) or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "could not drop capabilities")


if __name__ == "__main__":
    main()

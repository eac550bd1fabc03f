"""A second system-call filter, for the landlock level: what namespaces would have kept apart and Landlock does not.

There a sandbox shares the host's network, process numbers, System V objects and, for a plain user, the very uid of the worker.
So it makes no socket (but a driver unix ones), sends no datagram to an address, changes nobody's limits, priority, owner or
mode, and watches no file. Changes of a mode or a time *pretend* to succeed, since copying and unpacking want them and need
them not; so does a choice of scheduler (libzmq asks for the usual one for each of its threads, and ends the program else).
Loaded on top of `seccomp.py`'s filter, in whose manner it is written; of two answers the kernel takes the stricter.
"""

from __future__ import annotations

from worker.engines.seccomp import (
    _ALLOW,
    _EPERM,
    _JUMP_EQ,
    _LOAD,
    _OFFSET_ARG0,
    _OFFSET_ARG1,
    _OFFSET_NR,
    _RETURN,
    _SOCKET,
    _step,
)

_AND = 0x54
_PRETEND, _NOT_SUPPORTED = 0x00050000, 0x0005005F
_CONNECT, _SOCKETPAIR, _PRLIMIT = 42, 53, 302
_UNIX, _DATAGRAM = 1, 2

REFUSED = {
    "shmat": 30, "shmctl": 31, "semop": 65, "semctl": 66, "msgsnd": 69, "msgrcv": 70, "msgctl": 71, "chown": 92, "fchown": 93,
    "lchown": 94, "setpriority": 141, "setxattr": 188, "lsetxattr": 189,
    "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "semtimedop": 220, "mq_open": 240,
    "mq_unlink": 241, "ioprio_set": 251, "inotify_add_watch": 254, "migrate_pages": 256, "fchownat": 260, "move_pages": 279,
    "setxattrat": 463, "removexattrat": 466, "file_setattr": 469,
}  # fmt: skip
PRETENDED = {
    "sched_setparam": 142, "sched_setscheduler": 144, "sched_setattr": 314, "chmod": 90, "fchmod": 91, "fchmodat": 268,
    "fchmodat2": 452, "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280,
}  # fmt: skip


def program(*, connects: bool) -> bytes:
    """The filter; `connects`: may make unix sockets and connect them (a driver, to the kernel's)."""
    code = [_step(_LOAD, 0, 0, _OFFSET_NR)]
    refused = dict(REFUSED)
    if connects:
        code += _only(_SOCKET, [_step(_LOAD, 0, 0, _OFFSET_ARG0), _step(_JUMP_EQ, 1, 0, _UNIX)])
    else:
        refused["connect"] = _CONNECT
        # "not supported": libzmq, which looks for the host's interfaces, takes that for an answer, and aborts at any other
        code += [_step(_JUMP_EQ, 0, 1, _SOCKET), _step(_RETURN, 0, 0, _NOT_SUPPORTED)]
        masked = [_step(_LOAD, 0, 0, _OFFSET_ARG1), _step(_AND, 0, 0, 0xF), _step(_JUMP_EQ, 0, 1, _DATAGRAM)]
        code += _only(_SOCKETPAIR, masked)
    for offset in (_OFFSET_ARG0, _OFFSET_ARG0 + 4):  # both halves of the pid: 0 is the caller
        code += [_step(_JUMP_EQ, 0, 3, _PRLIMIT), _step(_LOAD, 0, 0, offset), _step(_JUMP_EQ, 1, 0, 0)]
        code += [_step(_RETURN, 0, 0, _EPERM), _step(_LOAD, 0, 0, _OFFSET_NR)]
    for numbers, answer in ((refused, _EPERM), (PRETENDED, _PRETEND)):
        for number in numbers.values():
            code += [_step(_JUMP_EQ, 0, 1, number), _step(_RETURN, 0, 0, answer)]
    code.append(_step(_RETURN, 0, 0, _ALLOW))
    return b"".join(code)


def _only(number: int, test: list[bytes]) -> list[bytes]:
    """For one call: run `test`, whose last jump skips the refusal where the call may be made."""
    body = [*test, _step(_RETURN, 0, 0, _EPERM), _step(_RETURN, 0, 0, _ALLOW)]
    return [_step(_JUMP_EQ, 0, len(body), number), *body]

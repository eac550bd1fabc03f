"""Reading what a sandbox of our own says, with a cap and a clock; and bytes out of an `/out`."""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Callable

from worker.engines.base import Sandbox


class StageFailed(Exception):
    """A process of our own did not do its work: our trouble, with its name and the end of its log."""


def answer(sandbox: Sandbox, question: bytes, wait_s: float, limit: int, stop: Callable[[], bool] = lambda: False) -> bytes:
    """Write a question, close stdin, and return the whole of stdout once the process has ended well.

    Raises:
        StageFailed: it ended badly, said more than `limit` bytes, took longer than `wait_s` seconds, or `stop` said so.
    """
    stdin, stdout = sandbox.process.stdin, sandbox.process.stdout
    assert stdin is not None and stdout is not None
    until, data = time.monotonic() + wait_s, bytearray()
    try:
        stdin.write(question)
        stdin.close()
    except BrokenPipeError as problem:
        raise _failure(sandbox, "ended before it was asked") from problem
    while True:
        left = until - time.monotonic()
        if left <= 0 or stop():
            sandbox.kill()
            raise _failure(sandbox, f"took longer than {wait_s:.0f} s" if left <= 0 else "was told to stop")
        if not select.select([stdout.fileno()], [], [], min(left, 1.0))[0]:
            continue
        piece = os.read(stdout.fileno(), 65_536)
        data += piece
        if len(data) > limit:
            sandbox.kill()
            raise _failure(sandbox, "said too much")
        if not piece:
            break
    if sandbox.process.wait() != 0:
        raise _failure(sandbox, f"ended with {sandbox.end_reason or sandbox.process.returncode}")
    return bytes(data)


def wait(sandbox: Sandbox, wait_s: float, stop: Callable[[], bool] = lambda: False) -> bool:
    """Whether a process that says nothing ended well within its time. It is dead afterwards in any case."""
    try:
        answer(sandbox, b"", wait_s, 65_536, stop)
    except StageFailed:
        return False
    return True


def read_out(directory: int, name: str, limit: int) -> bytes:
    """The bytes of a plain file of an `/out`, without following a link.

    Raises:
        OSError: it is not there. ValueError: it is no plain file, or larger than `limit` bytes.
    """
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise ValueError(f"{name} is no plain file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"{name} is larger than {limit} bytes")
    return data


def _failure(sandbox: Sandbox, why: str) -> StageFailed:
    return StageFailed(f"{sandbox.spec.role}: {why}: {sandbox.errors()[-1500:]}")

"""The inside of the landlock level: a keeper, and the program that it fences in. Started with an empty environment.

Theory of operation. The worker starts the keeper (`main`), which forks K and runs nothing of a student's. K puts on limits,
drops what it holds, closes itself in by Landlock (`restrict`) and by two filters, and execs its program. There is no pid
namespace whose end would end all, so the keeper is a *subreaper*: whatever a student's process leaves behind becomes the
keeper's child, and when K has ended the keeper kills until none is left. Landlock scopes signals, so nobody in there can
reach the keeper; if the worker dies the kernel tells the keeper, which then does the same.

        worker --exec--> keeper --fork--> K --exec--> the program, and its descendants

The configuration is one JSON argument: argv, env, uid, limits, quiet, box, read, write, devices, folders (descriptors that may be
read), filters (hex), disk_mb, ready (a pipe: closed when the program began, else it says why not), worker (its pid).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from worker.engines import inside, namespaces
from worker.engines.watcher import tree

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
LOOK_S = 0.1
MAX_FILES = 20_000
TOO_MUCH = 98  # the exit status of a sandbox that wrote more than it may
NEEDED_ABI = 6  # Linux 6.12: signals and abstract sockets are scoped

# linux/landlock.h
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _MAKE_SOCK, _MAKE_FIFO = 16, 32, 128, 256, 512, 1024
_MAKE_SYM, _REFER, _TRUNCATE, _IOCTL_DEV = 4096, 8192, 16384, 32768
_ALL_FILES = (1 << 16) - 1
_ALL_NETWORK = 1 | 2  # bind and connect of TCP
_ALL_SCOPES = 1 | 2  # abstract sockets, signals
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
READ = _EXECUTE | _READ_FILE | _READ_DIR
WRITE = READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO
WRITE |= _MAKE_SYM | _REFER | _TRUNCATE
DEVICE = _READ_FILE | _WRITE_FILE | _IOCTL_DEV


def abi() -> int:
    """The version of Landlock that the kernel offers; below 1: none."""
    return int(namespaces.libc.syscall(_CREATE, 0, 0, 1))


def main() -> NoReturn:
    config = json.loads(sys.argv[1])
    namespaces.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, lambda *_: _end(1))
    namespaces.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != config["worker"]:
        _end(1)  # it died before it could be watched
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # waited for, below
    program = os.fork()
    if program == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _become(config)
    os.closerange(3, 4096)
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == program:
            code = os.waitstatus_to_exitcode(status)
            _end(code if code >= 0 else 128 - code)
        elif pid == 0:
            if _too_much(config["write"], config["disk_mb"] << 20):
                _end(TOO_MUCH)
            signal.sigtimedwait([signal.SIGCHLD], LOOK_S)


def _too_much(folders: Iterable[str], limit: int) -> bool:
    """Whether there is more in these folders than there may be: bytes on the disk, or files."""
    used = count = 0
    waiting = list(folders)
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                used += entry.stat(follow_symlinks=False).st_blocks * 512
                if used > limit or count > MAX_FILES:
                    return True
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return False


def _end(code: int) -> NoReturn:
    """Kill until none is left: stop all first, so that none can fork while others are looked up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for how in (signal.SIGSTOP, signal.SIGKILL):
        while pids := tree(os.getpid()):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            if how is signal.SIGSTOP and set(tree(os.getpid())) <= set(pids):
                break
            with contextlib.suppress(ChildProcessError):
                while how is signal.SIGKILL and os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    os._exit(code)


def _become(config: dict[str, Any]) -> NoReturn:
    """K: every limit, then the fence, then the program."""
    os.set_inheritable(config["ready"], False)
    try:
        os.setsid()
        inside.limit(config["limits"])
        if os.geteuid() == 0 and config["uid"]:
            inside._drop(config["uid"])
        namespaces.without_capabilities()
        namespaces.prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
        namespaces.die_with_parent()
        restrict(config["read"], config["write"], config["devices"], config["folders"])
        for text in config["filters"]:
            namespaces.filter_calls(bytes.fromhex(text))
        os.chdir(config["box"])
        if config["quiet"]:
            nothing = os.open("/dev/null", os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nothing, number)
        os.umask(0o022)
        os.execve(config["argv"][0], config["argv"], config["env"])
    except BaseException as problem:
        with contextlib.suppress(OSError):
            os.write(config["ready"], f"{type(problem).__name__}: {problem}\n".encode())
        os._exit(99)


def restrict(read: Iterable[str], write: Iterable[str], devices: Iterable[str], folders: Iterable[int]) -> None:
    """Close this process in: these paths and descriptors, its own /proc folder, and nothing else of any file system."""
    attributes = struct.pack("QQQ", _ALL_FILES, _ALL_NETWORK, _ALL_SCOPES)
    rules = int(namespaces.libc.syscall(_CREATE, attributes, len(attributes), 0))
    namespaces._check(rules, "landlock_create_ruleset")
    for paths, rights in ((read, READ), ([f"/proc/{os.getpid()}"], READ), (write, WRITE), (devices, DEVICE)):
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                number = os.open(path, os.O_PATH | os.O_CLOEXEC)
                _allow(rules, number, rights if Path(path).is_dir() else rights & _ON_FILES)
                os.close(number)
    for number in folders:
        _allow(rules, number, _READ_FILE | _READ_DIR)
    namespaces._check(namespaces.libc.syscall(_RESTRICT, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _allow(rules: int, number: int, rights: int) -> None:
    rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, number))
    namespaces._check(namespaces.libc.syscall(_ADD, rules, _PATH_BENEATH, rule, 0), f"landlock_add_rule {number}")

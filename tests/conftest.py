"""What all tests share: the running site, a warm worker, and the browser that is on this machine."""

from __future__ import annotations

import os
from typing import Any

import pytest

from local.setup import browser
from tests.plugins.running_site import running_site
from tests.plugins.warm_worker import warm_worker

__all__ = ["running_site", "warm_worker"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, quiet: it calls nobody, and as root it can't have its own sandbox."""
    program = browser.find()
    if program is None:
        pytest.fail(
            "No Chromium is at hand. ./dev test installs it on Debian as root; else put one on PATH or in GRADER_CHROMIUM."
        )
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": program, "args": [*quiet, *root]}


def pytest_configure() -> None:
    """Passwords are hashed in a moment here. Processes of the running site, and all others, hash as in earnest."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a browser come last: Playwright leaves an event loop running in this thread, which others can't share."""
    items.sort(key=lambda item: "playwright" in getattr(item, "fixturenames", ()))

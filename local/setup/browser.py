"""Chromium for the browser tests: the system's, else Debian's. Playwright's own download is not used."""

from __future__ import annotations

import os
import shutil
import subprocess

from local.paths import site_packages
from local.setup import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The browser's program: GRADER_CHROMIUM, else the first known name on PATH."""
    return os.environ.get("GRADER_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def ensure() -> None:
    """Have a browser, and a driver that runs; without them the pages can't be tested as people see them."""
    if find() is None:
        why = "No Chromium was found (on PATH, or named by GRADER_CHROMIUM), and the tests drive one."
        debian.require("chromium", "fonts-liberation", why=why)
    if not _driver_runs():  # its node wants a library that a bare Debian lacks
        debian.require("libatomic1", why="Playwright's driver does not run here: the library libatomic is missing.")


def _driver_runs() -> bool:
    node = site_packages() / "playwright" / "driver" / "node"
    return subprocess.run([node, "--version"], capture_output=True).returncode == 0

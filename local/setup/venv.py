"""The virtual environment `.venv`, also on a Debian that comes without python3-venv."""

from __future__ import annotations

import subprocess
import sys

from local.paths import PYTHON, ROOT, VENV, site_packages
from local.say import Step, Trouble, watch
from local.setup import debian


def ensure() -> None:
    """Make `.venv` with pip in it, if it is not there and whole."""
    if not _works():
        _make()
    # The project's own packages are found from anywhere, so `celery`, `uvicorn` and `pytest` of .venv/bin work as they are.
    link = site_packages() / "homework-grader.pth"
    if not link.exists() or link.read_text() != f"{ROOT}\n":
        link.write_text(f"{ROOT}\n")


def _works() -> bool:
    """Whether the environment's pip runs: half-made environments and those of a removed Python do not."""
    if not PYTHON.exists():
        return False
    if (VENV / "stamps").is_dir():  # it worked once; only its Python can have gone since
        return subprocess.run([PYTHON, "-c", ""], capture_output=True).returncode == 0
    return subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0


def _make() -> None:
    argv = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    with Step("Making .venv") as step:
        code, tail = watch(argv, step)
    if code != 0:
        said = "\n".join(tail)
        if "ensurepip" not in said:
            raise Trouble(f"`{' '.join(argv)}` ended with {code}:\n{said}")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        name = "python3-venv" if sys.executable.startswith("/usr/bin/python3") else f"{version}-venv"
        debian.require(name, why=f"{sys.executable} can't make virtual environments: its ensurepip is packaged apart.")
        with Step("Making .venv") as step:
            code, tail = watch(argv, step)
        if code != 0:
            raise Trouble(f"`{' '.join(argv)}` ended with {code}:\n" + "\n".join(tail))
    (VENV / "stamps").mkdir(exist_ok=True)

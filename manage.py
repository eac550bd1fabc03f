#!/usr/bin/env python3
"""Django's command line. Finds the project's own `.venv` by itself, so that `python3 manage.py …` just works."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def use_the_venv() -> None:
    """Start again inside `.venv` where there is one and we are not in it (a mark in the environment stops a loop)."""
    python = ROOT / ".venv" / "bin" / "python"
    inside = Path(sys.prefix).resolve() == (ROOT / ".venv").resolve()
    if inside or not python.exists() or os.environ.get("GRADER_IN_VENV") == str(ROOT):
        return
    os.environ["GRADER_IN_VENV"] = str(ROOT)
    os.execv(python, [str(python), *sys.argv])


def main() -> None:
    use_the_venv()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for this Python. Run ./dev up once: it makes .venv with all that is needed.")
    try:
        execute_from_command_line(sys.argv)
    except Exception as problem:
        said = about_the_database(problem)
        if not said or "--traceback" in sys.argv:
            raise
        sys.exit(said)


def about_the_database(problem: Exception) -> str:
    """What to do where it is the database that is missing; "" of anything else."""
    from django.db import OperationalError, ProgrammingError

    state = getattr(problem.__cause__, "sqlstate", None)
    if isinstance(problem, OperationalError) and state is None:
        why = str(problem).strip().splitlines()[0]
        told = "Start it, or say in DATABASE_URL where it is (docs/reference/settings.md); `./dev up` starts one of its own."
        return f"There is no database: {why}\n{told}"
    if isinstance(problem, ProgrammingError) and state == "42P01":  # undefined_table
        return "The database has no tables of ours, or old ones. Run `python3 manage.py migrate`, then this command again."
    return ""


if __name__ == "__main__":
    main()

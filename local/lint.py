"""`./dev check`: everything that can be said of the code without running it. All of it runs at once, then the exit code tells."""

from __future__ import annotations

import os
import subprocess
import sys

from local.paths import ROOT, VENV
from local.say import line

_BIN = VENV / "bin"
CHECKS = (
    (_BIN / "ruff", "check", "."),
    (_BIN / "ruff", "format", "--check", "."),
    (_BIN / "mypy",),
    (_BIN / "lint-imports",),
)


def main() -> int:
    colours = {"FORCE_COLOR": "1", "MYPY_FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
    env = {**os.environ, **colours}
    running = [
        (argv, subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
        for argv in CHECKS
    ]
    failed = []
    for argv, process in running:  # told one after another, whichever ends first
        words = " ".join([argv[0].name, *argv[1:]])
        line(f"\n$ {words}")
        said, _ = process.communicate()
        print(said, end="", flush=True)
        if process.returncode != 0:
            failed.append(words)
    line(f"\nNot clean: {', '.join(failed)}." if failed else "\nAll clean.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

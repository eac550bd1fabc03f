"""`./dev check`: everything that can be said of the code without running it. All of it runs, then the exit code tells."""

from __future__ import annotations

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
    failed = []
    for argv in CHECKS:
        words = " ".join([argv[0].name, *argv[1:]])
        line(f"\n$ {words}")
        if subprocess.run(argv, cwd=ROOT).returncode != 0:
            failed.append(words)
    line(f"\nNot clean: {', '.join(failed)}." if failed else "\nAll clean.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

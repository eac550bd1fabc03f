"""Which checks judged a run: a number for people and a digest of the code that cannot be forgotten."""

from __future__ import annotations

import hashlib
from pathlib import Path

from grader.checks import installed

_NUMBER = "1"


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*.py") if "build" not in file.relative_to(folder).parts):
        total.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()[:12]


CHECKS_VERSION: str = "+".join(
    [_NUMBER, _digest(Path(__file__).parent), *sorted({one.distribution for one in installed.modules()})]
)

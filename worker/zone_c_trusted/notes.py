"""What was adapted in a student's sandbox, as its collector says: shown beside the result, and never a finding.

The student's own process wrote it, so only these codes, these values of each, and little of them, are taken.
"""

from __future__ import annotations

import json
from typing import Any

from grader.checks.values import Scalar
from worker.zone_c_trusted.evidence import read

MOST = 20
LONGEST = 80
GREATEST = 100_000
CODES: dict[str, tuple[str, ...]] = {
    "note.pip_installed": ("command", "package"),
    "note.pip_lacking": ("command", "package"),
    "note.no_internet": ("command",),
    "note.no_graphics_command": ("command",),
    "note.no_background": ("command",),
    "note.magic_skipped": ("command",),
    "note.inline": ("command",),
    "note.served": ("file",),
    "note.exit": ("cell",),
    "note.no_input": (),
    "note.colab": ("name",),
    "note.no_drive": (),
    "note.no_upload": (),
    "note.no_secret": ("name",),
    "note.on_processor": (),
    "note.moved": ("old", "new"),
    "note.dropped": ("name",),
    "note.torchvision": (),
    "note.no_tensorboard": (),
}
Notes = tuple[tuple[str, dict[str, Scalar]], ...]


def notes_of(directory: int, prefix: str) -> Notes:
    """Notes out of `values.json`; what does not have the agreed shape is left out. `directory` below 0: no sandbox ran."""
    if directory < 0:
        return ()
    try:
        raw = json.loads(read(directory, prefix + "values.json"))["adapted"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()
    found = [taken for item in (raw[:MOST] if isinstance(raw, list) else ()) if (taken := _taken(item))]
    return tuple(found)


def _taken(item: Any) -> tuple[str, dict[str, Scalar]] | None:
    code = item.get("code") if isinstance(item, dict) else None
    values = item.get("values") if isinstance(item, dict) else None
    if not isinstance(code, str) or code not in CODES or not isinstance(values, dict):
        return None
    kept = {name: values.get(name) for name in CODES[code]}
    return (code, kept) if all(_is_small(value) for value in kept.values()) else None


def _is_small(value: Any) -> bool:
    if type(value) is int:
        return 0 <= value <= GREATEST
    return isinstance(value, str) and len(value) <= LONGEST

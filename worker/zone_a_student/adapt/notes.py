"""What was adapted for this notebook: codes of the catalogue with small values, each once, at most 20."""

from __future__ import annotations

from typing import Any

MOST = 20
LONGEST = 80
_taken: list[dict[str, Any]] = []


def note(code: str, /, **values: str | int) -> None:
    """Remember that something was adapted. `code` is one of `note.*`."""
    item = {"code": code, "values": {name: _short(value) for name, value in values.items()}}
    if item not in _taken and len(_taken) < MOST:
        _taken.append(item)


def taken() -> list[dict[str, Any]]:
    return list(_taken)


def _short(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

"""What a driver may say to the worker: a fixed shape, in capped lines. Everything else ends the run as a broken protocol.

The worker holds credentials, so this is all it ever reads that a notebook could have influenced: small JSON objects with
known fields of known types, none of which decides a verdict.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, cast

MAX_LINE = 16_384
MAX_LINES = 50_000

Kind = Literal["ready", "started", "done", "output", "limit", "end"]
_TEXTS = {"status": 16, "ename": 80, "evalue": 300, "tail": 2000, "what": 16, "detail": 80}
_KINDS = frozenset({"ready", "started", "done", "output", "limit", "end"})


class ProtocolError(Exception):
    """A line that is not of the agreed shape."""


@dataclass(frozen=True)
class DriverEvent:
    """One line of the driver. `cell` counts code cells from 1."""

    event: Kind
    cell: int | None = None
    status: str = ""
    ename: str = ""
    evalue: str = ""
    tail: str = ""
    what: str = ""
    detail: str = ""


def parse(line: bytes, cells: int) -> DriverEvent:
    """Read one line.

    Raises:
        ProtocolError: it is too long, not JSON, or has a field of another name, type or length.
    """
    if len(line) > MAX_LINE:
        raise ProtocolError("a line is too long")
    try:
        raw: Any = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise ProtocolError("a line is not JSON") from problem
    if not isinstance(raw, dict) or raw.get("event") not in _KINDS:
        raise ProtocolError("an unknown event")
    cell = raw.get("cell")
    if cell is not None and not (type(cell) is int and 1 <= cell <= cells):
        raise ProtocolError("a cell that is not there")
    texts: dict[str, str] = {}
    for name, value in raw.items():
        if name in ("event", "cell"):
            continue
        if name not in _TEXTS or not isinstance(value, str) or len(value) > _TEXTS[name]:
            raise ProtocolError(f"the field {name[:20]!r}")
        texts[name] = value.encode("utf-8", "replace").decode()  # no lone surrogates: a database refuses them
    return DriverEvent(cast(Kind, raw["event"]), cell, **texts)

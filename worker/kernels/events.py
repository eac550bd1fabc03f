"""What a driver may say to the worker: a fixed shape, in capped lines. Everything else ends the run as a broken protocol.

The worker holds credentials, so this is all it ever reads that a notebook could have influenced: small JSON objects with
known fields of known types, none of which decides a verdict.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from grader.submissions.report import METRICS

MAX_LINE = 65_536
MAX_LINES = 50_000

Kind = Literal["ready", "started", "done", "output", "epoch", "limit", "end"]
_TEXTS = {"status": 16, "ename": 80, "evalue": 300, "head": 2000, "tail": 4000, "what": 16, "detail": 80}
_COUNTS = {"skipped": 1 << 40, "training": 100_000, "epoch": 100_000}
_KINDS = frozenset({"ready", "started", "done", "output", "epoch", "limit", "end"})


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
    head: str = ""
    tail: str = ""
    what: str = ""
    detail: str = ""
    skipped: int = 0
    training: int = 0
    epoch: int = 0
    numbers: Mapping[str, float] = field(default_factory=dict)


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
    fields = {name: _field(name, value) for name, value in raw.items() if name not in ("event", "cell")}
    return DriverEvent(cast(Kind, raw["event"]), cell, **fields)


def _field(name: str, value: Any) -> Any:
    if name in _TEXTS and isinstance(value, str) and len(value) <= _TEXTS[name]:
        return value.encode("utf-8", "replace").decode()  # no lone surrogates: a database refuses them
    if name in _COUNTS and type(value) is int and 0 <= value <= _COUNTS[name]:
        return value
    if name == "numbers" and isinstance(value, dict) and set(value) <= set(METRICS) and all(map(_is_number, value.values())):
        return {metric: float(number) for metric, number in value.items()}
    raise ProtocolError(f"the field {name[:20]!r}")


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 1e9

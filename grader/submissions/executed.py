"""An executed notebook as a page shows it: texts, tables of texts and pictures, read strictly out of what a sandbox made.

The bytes come from `worker/zone_b_probe/notebook_view.py`, our code on a student's file, so nothing in them is believed: a shape
that differs, a text that is too long or bytes that begin as no picture end in `NotShown`, and the page offers the file to save
instead. No markup crosses: every text is plain, and who shows it escapes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
MAX_BYTES = 24 << 20
MAX_CELLS, MAX_OUTPUTS, MAX_SOURCE = 400, 40, 20_000
MAX_HEAD, MAX_TAIL = 2000, 4000
MAX_ROWS, MAX_COLUMNS, MAX_WORDS = 40, 20, 200
MAX_IMAGE = 1 << 20  # characters of base64
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_BEGINS = {"image/png": "iVBORw0KGgo", "image/jpeg": "/9j/"}  # so does base64 of their first bytes


class NotShown(Exception):
    """What was kept is not of the agreed shape."""


@dataclass(frozen=True)
class Output:
    """One output. `kind`: text, error, table, image or left_out; of the other fields those of its kind are filled."""

    kind: str
    head: str = ""
    tail: str = ""
    skipped: int = 0  # characters between head and tail
    columns: tuple[tuple[str, ...], ...] = ()  # rows of a table's head
    rows: tuple[tuple[str, ...], ...] = ()
    left_out: int = 0  # rows that are not shown
    mime: str = ""
    data: str = ""  # base64
    width: int = 0
    height: int = 0

    @property
    def lines(self) -> int:
        return self.head.count("\n") + self.tail.count("\n") + (self.skipped > 0)


@dataclass(frozen=True)
class Cell:
    """`number` counts code cells from 1; a text cell has none and holds Markdown."""

    kind: str
    number: int | None
    source: str
    cut: int
    outputs: tuple[Output, ...]
    left_out: int

    @property
    def failed(self) -> bool:
        return any(output.kind == "error" for output in self.outputs)


@dataclass(frozen=True)
class Executed:
    """The cells in order, and how many more there are."""

    cells: tuple[Cell, ...]
    left_out: int


def load(content: bytes) -> Executed:
    """Read what a run kept.

    Raises:
        NotShown: it is too large, not JSON, or not of the agreed shape.
    """
    if len(content) > MAX_BYTES:
        raise NotShown("too large")
    try:
        raw = json.loads(content)
        return Executed(_each(raw["cells"], MAX_CELLS, _cell), _count(raw["left_out"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise NotShown(f"{type(problem).__name__}: {problem}") from problem


def _cell(raw: Any) -> Cell:
    if raw["kind"] not in ("code", "text"):
        raise ValueError("a cell's kind")
    return Cell(
        kind=raw["kind"],
        number=None if raw["number"] is None else _count(raw["number"]),
        source=_text(raw["source"], MAX_SOURCE),
        cut=_count(raw["cut"]),
        outputs=_each(raw["outputs"], MAX_OUTPUTS, _output),
        left_out=_count(raw["left_out"]),
    )


def _output(raw: Any) -> Output:
    kind = raw["kind"]
    if kind in ("text", "error"):
        return Output(kind, _text(raw["head"], MAX_HEAD), _text(raw["tail"], MAX_TAIL), _count(raw["skipped"]))
    if kind == "table":
        return Output(
            kind, columns=_rows(raw["head"]), rows=_rows(raw["rows"]), left_out=_count(raw["left_out"])
        )  # fmt: skip
    if kind == "image":
        data, mime = _text(raw["data"], MAX_IMAGE), raw["mime"]
        if mime not in _BEGINS or not data.startswith(_BEGINS[mime]) or not _BASE64.fullmatch(data):
            raise ValueError("a picture")
        return Output(kind, mime=mime, data=data, width=_count(raw["width"]), height=_count(raw["height"]))
    if kind == "left_out":
        return Output(kind, mime=_text(raw["mime"], 60))
    raise ValueError("an output's kind")


def _rows(raw: Any) -> tuple[tuple[str, ...], ...]:
    return _each(raw, MAX_ROWS, lambda row: _each(row, MAX_COLUMNS, lambda words: _text(words, MAX_WORDS)))


def _each(raw: Any, most: int, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(raw, list) or len(raw) > most:
        raise ValueError("a list")
    return tuple(read(item) for item in raw)


def _count(raw: Any) -> int:
    if type(raw) is not int or not 0 <= raw < 1 << 40:
        raise ValueError("a count")
    return raw


def _text(raw: Any, most: int) -> str:
    if not isinstance(raw, str) or len(raw) > most:
        raise ValueError("a text")
    return raw.encode("utf-8", "replace").decode().replace("\0", "")

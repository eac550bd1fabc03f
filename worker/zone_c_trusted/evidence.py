"""Bytes from a dead sandbox become values here, and nowhere else: `grader.checks.values.Evidence`.

Runs inside zone C's own sandbox, which holds no credentials and no network. What does not have the agreed shape, type or
size becomes *missing* with a reason, never an exception: a hostile file costs its owner the evidence, not us the run.
"""

from __future__ import annotations

import ast
import builtins
import json
import math
import os
from collections.abc import Sequence
from typing import Any

from grader.checks.values import Missing, Rerun, RunFacts, Scalar, SourceFacts, Value

MAX_ITEMS = 65_536
MAX_INTEGER = 2**63
MAX_CELL = 256 << 10  # characters of a cell whose text is looked at; a longer one is data, not code
MAX_CELLS = 2 << 20  # and of all cells together
MAX_RECORDS = 256
TOLD = ("reason", "detail", "layer", "limit")
MAX_FILE = 4 << 20


def values_of(directory: int, prefix: str) -> tuple[tuple[Value, ...], tuple[Missing, ...], tuple[str, ...]]:
    """What the collector wrote down in one sandbox: values in order, what is missing, names that were swapped.

    `directory` below 0 means that no sandbox ran.
    """
    if directory < 0:
        return (), (), ()
    try:
        raw = json.loads(read(directory, prefix + "values.json"))
        records, missing, swapped = raw["records"], raw["missing"], raw["swapped"]
    except FileNotFoundError:
        return (), (), ()
    except (ValueError, KeyError, TypeError, RecursionError):
        return (), (Missing("values", "missing.refused", {"reason": "values.json is not of the agreed shape"}),), ()
    found: list[Value] = []
    lost: list[Missing] = []
    for record in as_list(records)[:MAX_RECORDS]:
        value = _value(record)
        if isinstance(value, Value):
            found.append(value)
        else:
            lost.append(value)
    lost += [_missing(item) for item in as_list(missing)[:MAX_RECORDS]]
    return tuple(found), tuple(lost), tuple(str(name)[:100] for name in as_list(swapped)[:1000])


def _value(record: Any) -> Value | Missing:
    name = str(record.get("name"))[:100] if isinstance(record, dict) else "?"
    try:
        kind, dtype, shape, data = record["kind"], str(record["dtype"])[:30], record["shape"], record["data"]
        if kind not in ("number", "array", "text") or not _is_shape(shape) or len(data) != math.prod(shape) <= MAX_ITEMS:
            raise ValueError
        items = tuple(_text(item) if kind == "text" else _number(item) for item in data)
    except (KeyError, TypeError, ValueError):
        return Missing(name, "missing.refused", {"reason": "a value is not of the agreed shape"})
    return Value(name, cell_of(record.get("cell")), kind, dtype, tuple(shape), items)


def _is_shape(shape: Any) -> bool:
    """Looked at before anything is computed with it: what stands there may be a list of lists, or a number of 30 digits."""
    return isinstance(shape, list) and len(shape) <= 8 and all(type(size) is int and 0 <= size <= MAX_ITEMS for size in shape)


def _number(item: Any) -> bool | int | float:
    if isinstance(item, str):
        return float(item[:100])  # nan, inf, or an integer beyond 64 bits
    if isinstance(item, (bool, float)) or (isinstance(item, int) and abs(item) <= MAX_INTEGER):
        return item
    raise ValueError


def _text(item: Any) -> str:
    if not isinstance(item, str) or len(item) > 10_000:
        raise ValueError
    return item


def _missing(item: Any) -> Missing:
    if not isinstance(item, dict):
        return Missing("?", "missing.refused")
    reason = str(item.get("reason"))[:60]
    reason = reason if reason.startswith("missing.") else "missing.refused"
    return Missing(str(item.get("name"))[:100], reason, told(item.get("values")), model=item.get("model") is True)


def told(values: Any) -> dict[str, Scalar]:
    """What the sentences of `missing.*` may show; any other value could pass itself off as a finding of ours."""
    if not isinstance(values, dict):
        return {}
    kept: dict[str, Scalar] = {}
    for name in TOLD:
        value = values.get(name)
        if isinstance(value, str):
            kept[name] = value[:200]
        elif isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) <= MAX_INTEGER):
            kept[name] = value
    return kept


def cell_of(value: Any) -> int | None:
    """A cell's number, counted from 1."""
    return value if type(value) is int and 0 < value < 100_000 else None


def as_list(value: Any) -> list[Any]:
    """A list, or none at all."""
    return value if isinstance(value, list) else []


def rerun_of(directory: int, number: int, name: str, facts: RunFacts) -> Rerun:
    """What an extra sandbox left."""
    found, _, swapped = values_of(directory, f"rerun{number}-")
    error = str(facts.values.get("ename") or "") if facts.status == "error" else ""
    if not isinstance(getattr(builtins, error, None), type):
        error = "Exception" if error else ""  # a class named by the notebook could carry the hidden inputs out
    return Rerun(name, facts.status, found, swapped, error, facts.cell)


def source_of(cells: tuple[str, ...]) -> SourceFacts:
    """What the code says without being run: its numeric literals, names and attributes. Cells that do not parse say nothing."""
    numbers: set[float] = set()
    names: set[str] = set()
    looked_at = 0
    for source in cells:
        looked_at += len(source)
        if len(source) > MAX_CELL or looked_at > MAX_CELLS:
            continue
        lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                names.add(node.id[:100])
            elif isinstance(node, ast.Attribute):
                names.add(node.attr[:100])
            elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                try:
                    numbers.add(float(node.value))
                except OverflowError:
                    continue
    return SourceFacts(len(cells), frozenset(numbers), frozenset(names))


def first(directories: Sequence[int], name: str) -> bytes:
    """A file of the first directory that has it."""
    for directory in directories:
        try:
            return read(directory, name)
        except FileNotFoundError:
            continue
    raise FileNotFoundError(name)


def read(directory: int, name: str) -> bytes:
    """A file of an `/out` directory, at most 4 MiB."""
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    with os.fdopen(number, "rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError("too large")
    return data

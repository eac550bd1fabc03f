"""Verdicts on the wire between zone C's process and the worker: a fixed shape, read strictly."""

from __future__ import annotations

import json
import logging
import math
from dataclasses import asdict, dataclass
from typing import Any

from grader.checks.values import CheckVerdict, Outcome, Scalar, TaskStatus, TaskVerdict, Values
from grader.submissions import report

log = logging.getLogger(__name__)

MAX_BYTES = 1 << 20
MAX_NOTES = 40


class NotVerdicts(Exception):
    """What came is not verdicts of the agreed shape: our own trouble."""


@dataclass(frozen=True)
class Verdicts:
    """The verdicts, and which further run would help: one that asks a model that could not be rebuilt what it predicts
    (`fallback`), or those with other seeds after a near miss (`again`). `notes`: what was adapted for the notebook.
    `report`: for the eyes only, so one that is not of the agreed shape costs no verdict.
    """

    tasks: tuple[TaskVerdict, ...]
    fallback: bool = False
    again: bool = False
    notes: tuple[tuple[str, Values], ...] = ()
    report: report.Report = report.NOTHING


def dump(found: Verdicts) -> str:
    told = {"fallback": found.fallback, "again": found.again, "notes": found.notes, "report": report.as_json(found.report)}
    return json.dumps({"tasks": [asdict(task) for task in found.tasks], **told})


def load(line: bytes) -> Verdicts:
    """Read zone C's line.

    Raises:
        NotVerdicts: it is too long, not JSON, or not of the agreed shape.
    """
    if len(line) > MAX_BYTES:
        raise NotVerdicts("too long")
    try:
        raw = json.loads(line)
        tasks = tuple(_task(item) for item in raw["tasks"])
        notes = tuple((short_text(code, 60), scalars(values)) for code, values in raw["notes"][:MAX_NOTES])
        return Verdicts(tasks, raw["fallback"] is True, raw["again"] is True, notes, _report(raw.get("report")))
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise NotVerdicts(f"{type(problem).__name__}: {problem}") from problem


def _report(raw: Any) -> report.Report:
    try:
        return report.load(raw)
    except ValueError as problem:
        log.warning("a report is left out: %s", problem)
        return report.NOTHING


def _task(raw: dict[str, Any]) -> TaskVerdict:
    return TaskVerdict(
        id=short_text(raw["id"], 20),
        status=TaskStatus(raw["status"]),
        points=_points(raw["points"]),
        max_points=_points(raw["max_points"]),
        code=short_text(raw["code"], 120),
        values=scalars(raw["values"]),
        checks=tuple(_check(item) for item in raw["checks"]),
        hint=_optional(raw["hint"]),
        candidate=_optional(raw["candidate"]),
        candidate_name=_optional(raw["candidate_name"]),
    )


def _check(raw: dict[str, Any]) -> CheckVerdict:
    return CheckVerdict(
        kind=short_text(raw["kind"], 60),
        outcome=Outcome(raw["outcome"]),
        code=short_text(raw["code"], 120),
        values=scalars(raw["values"]),
        points=_points(raw["points"]),
        max_points=_points(raw["max_points"]),
        hint=_optional(raw["hint"]),
        near_miss=raw["near_miss"] is True,
        free=raw["free"] is True,
    )


def _points(value: Any) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value < 1e5:
        raise ValueError(f"points {value!r}")
    return float(value)


def short_text(value: Any, limit: int) -> str:
    """A text of at most `limit` letters that a database takes, or ValueError."""
    if not isinstance(value, str) or len(value) > limit:
        raise ValueError("a text")
    return value.encode("utf-8", "replace").decode().replace("\0", "")  # Postgres takes no NUL and no lone surrogate


def _optional(value: Any) -> str | None:
    return None if value is None else short_text(value, 120)


def scalars(raw: Any) -> dict[str, Scalar]:
    """At most 32 plain values by short names, or ValueError."""
    if not isinstance(raw, dict) or len(raw) > 32:
        raise ValueError("values")
    return {short_text(name, 60): _scalar(value) for name, value in raw.items()}


def _scalar(value: Any) -> Scalar:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)  # JSON columns take no NaN
    return short_text(value, 2000)

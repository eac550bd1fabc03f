"""What was found so far, in a folder: a small JSON file a finished case, the evidence of a training beside it.

A finding is known by a digest of all that decides it, so what did not change is not tried again, and what changed is.
Evidence is known by what was run: where only answers, bounds or checks changed, it is judged again without a training.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.checks.values import CheckVerdict, Outcome, TaskVerdict


@dataclass(frozen=True)
class CheckFound:
    """What one check said."""

    kind: str
    outcome: str
    code: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What came of a case: points, how the run ended, and each task's checks."""

    points: float
    max_points: float
    ended: str  # ok, error, …, or none where nothing ran
    said: str  # the run's code and exception, if any
    tasks: dict[str, tuple[CheckFound, ...]]
    earned: dict[str, float]
    seconds: float = 0.0
    sandboxes: int = 0
    short: bool = False  # with its training cut down to a batch, which was enough to see how its nets are built

    @property
    def full(self) -> bool:
        return self.points >= self.max_points - 1e-9


def found_of(verdicts: tuple[TaskVerdict, ...], *, ended: str, said: str, seconds: float, sandboxes: int) -> Found:
    return Found(
        points=round(sum(task.points for task in verdicts), 2),
        max_points=round(sum(task.max_points for task in verdicts), 2),
        ended=ended,
        said=said,
        tasks={task.id: tuple(map(_check_found, task.checks)) for task in verdicts},
        earned={task.id: task.points for task in verdicts},
        seconds=round(seconds, 1),
        sandboxes=sandboxes,
    )


def _check_found(verdict: CheckVerdict) -> CheckFound:
    return CheckFound(verdict.kind, str(verdict.outcome), verdict.code, dict(verdict.values))


@dataclass(frozen=True)
class Kept:
    """The folder of a course's findings."""

    folder: Path

    def found(self, key: str) -> Found | None:
        try:
            raw = json.loads((self.folder / f"{key}.json").read_text("utf-8"))
            tasks = {task: tuple(CheckFound(**check) for check in checks) for task, checks in raw["tasks"].items()}
            return Found(**{**raw, "tasks": tasks})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, found: Found) -> None:
        self._write(f"{key}.json", json.dumps(asdict(found), ensure_ascii=False, indent=1).encode())

    def evidence(self, key: str) -> bytes | None:
        try:
            return (self.folder / f"{key}.zip").read_bytes()
        except OSError:
            return None

    def put_evidence(self, key: str, content: bytes) -> None:
        self._write(f"{key}.zip", content)

    def text(self, key: str) -> str | None:
        try:
            return (self.folder / f"{key}.txt").read_text("utf-8")
        except OSError:
            return None

    def put_text(self, key: str, content: str) -> None:
        self._write(f"{key}.txt", content.encode())

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all: a check may be stopped at any moment."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # keys are in it
        draft = self.folder / f".{name}.{os.getpid()}"
        draft.write_bytes(content)
        draft.replace(self.folder / name)


def turned(check: CheckFound, before: CheckFound) -> bool:
    """Whether a check that passed for the reference does not pass now."""
    return before.outcome == Outcome.PASSED and check.outcome != Outcome.PASSED

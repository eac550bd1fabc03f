"""What a student's sandbox is asked to run, and within which limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.checks.values import ExtraRun
from grader.submissions.report import Training
from worker.engines.base import Bind, Runtime


@dataclass(frozen=True)
class SessionLimits:
    """Seconds of wall clock, MB of 2**20 bytes."""

    run_s: float
    cell_s: float
    memory_mb: int
    processes: int
    output_mb: int


@dataclass(frozen=True)
class Request:
    """What to run: cells' sources, what the collector takes, and what the sandbox sees."""

    cells: tuple[str, ...]
    texts: tuple[tuple[int, str], ...] = field(default=(), kw_only=True)  # Markdown, by the code cells before it; kept, not run
    limits: SessionLimits
    extra: ExtraRun = field(default_factory=lambda: ExtraRun("main"))
    models: bool = False
    predict: bool = False  # of models not themselves, but what they predict for the images at /inputs
    reseed: int = 0  # not 0: the seeds that the notebook sets are others by this number
    shown: bool = False  # whether its student may see what it prints: never where it meets hidden inputs
    runtime: Runtime = "plain"
    binds: tuple[Bind, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What a run has printed so far: first and last words, how many characters between them are left out, its trainings."""

    head: str = ""
    tail: str = ""
    skipped: int = 0
    trainings: tuple[Training, ...] = ()


Report = Callable[[int | None, Seen], None]  # the cell that runs, and what was printed

"""What crosses between the site and the worker: an order to grade, and the result. Plain frozen values, no models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from grader.checks.values import Answer, RunFacts, TaskVerdict, Values
from grader.submissions.report import NOTHING, Report, Training

Purpose = Literal["grade", "dry_run", "try_out", "appeal"]
ResultStatus = Literal["graded", "broken", "not_judged"]
SandboxLevel = Literal["full", "rootless", "landlock", "none"]


@dataclass(frozen=True)
class RunOrder:
    """Everything a worker needs to grade one submission, without a database.

    `package` is a folder that holds one assignment's package version; `seed` decides the held-out images
    (HMAC-SHA256 of the site secret and the submission), so a regrade repeats.
    """

    package: Path
    notebook: bytes | None
    answers: Mapping[str, Answer]
    seed: bytes  # 32 bytes
    purpose: Purpose = "grade"
    device: Literal["cpu", "gpu"] = "cpu"
    typed_only: bool = False  # judge the typed parts alone (`manage.py answer`)
    evidence: bytes | None = None  # `evidence.zip` of an earlier run: judge from it where the sandboxes would do the same
    reseed: int = 0  # not 0: the seeds that the notebook sets are others by this number (`course check`: training is luck)


@dataclass(frozen=True)
class Artefact:
    """Bytes that a run left, to be kept as they are and never parsed by whoever keeps them."""

    name: Literal["executed.ipynb", "notebook.json", "evidence.zip", "log.txt"]
    content: bytes


@dataclass(frozen=True)
class Receipt:
    """What a run was judged by, for whoever asks later. Digests are hex SHA-256, empty where nothing was there."""

    package_digest: str = ""
    evidence_digest: str = ""
    notebook_digest: str = ""
    runtime_lock: str = ""  # digest of the names and versions installed in the sandbox
    checks_version: str = ""
    engine: str = ""
    sandbox_level: SandboxLevel = "none"
    seed_commitment: str = ""  # SHA-256 of the seed: shows later that it was fixed before
    device: str = "cpu"
    sandboxes: int = 0  # how many sandboxes the run took


@dataclass(frozen=True)
class RunResult:
    """What came of a run. `notes` are codes of the catalogue about what was adapted, for the result page."""

    status: ResultStatus
    run: RunFacts
    tasks: tuple[TaskVerdict, ...] = ()
    score: float = 0.0
    max_score: float = 0.0
    receipt: Receipt = Receipt()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    artefacts: tuple[Artefact, ...] = ()
    notes: tuple[tuple[str, Values], ...] = ()
    report: Report = NOTHING


@dataclass(frozen=True)
class ProgressReport:
    """Where a run is now. `stage`: preparing, starting, running, probing, judging. `cell` counts from 1.

    Output and trainings are for display only: what was printed first and last, of control characters only colours left, and how
    many characters between them are left out.
    """

    stage: str
    cell: int | None = None
    cells: int | None = None
    elapsed_s: float = 0.0
    output_tail: str = ""  # at most 4,000 characters
    output_head: str = ""  # at most 2,000
    output_skipped: int = 0
    cell_s: float | None = None  # how long this cell has run
    trainings: tuple[Training, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A worker's hold on a run: whatever is written for the run says `WHERE claim = number`, so a late worker is fenced off."""

    run_id: int
    number: int
    order_of: str  # public id of the run, for logs

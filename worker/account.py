"""How a run's sandboxes ended: what its evidence says nothing without, and so is kept with it.

`asked` is a digest of everything that decides what the sandboxes were asked to do. Evidence may be judged again for another
version of the package as long as that is the same; otherwise the notebook must run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from assignments.package.values import AssignmentPackage
from grader.checks import extra_runs
from grader.checks.values import Answer, RunFacts
from worker.zone_c_trusted.verdicts import scalars, short_text

AGAIN = 2  # runs with other seeds after a near miss
NOTHING_RAN = RunFacts()
_STATUSES = ("ok", "error", "timeout", "memory", "died", "rejected", "none")


@dataclass(frozen=True)
class Account:
    """How the notebook's own run ended; the further ones by name, those with other seeds, the one that asked models."""

    run: RunFacts = NOTHING_RAN
    reruns: tuple[tuple[str, RunFacts], ...] = ()
    again: tuple[RunFacts, ...] = ()
    fallback: RunFacts | None = None
    asked: str = ""
    images: str = ""  # digest of the hidden images that a fallback answered; empty where there was none

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def asked(package: AssignmentPackage, answers: Mapping[str, Answer]) -> str:
    """Hex SHA-256 of what sandboxes are asked for this package and these answers."""
    runs = [run for task in package.tasks for run in extra_runs(task.spec, answers)]
    parts = (package.runtime, package.dataset, package.held_out, package.collect, package.collect_models, package.limits, runs)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def load(raw: Any) -> Account:
    """Read an account out of kept evidence.

    Raises:
        KeyError, TypeError, ValueError: it is not of the agreed shape.
    """
    return Account(
        run=_facts(raw["run"]),
        reruns=tuple((short_text(name, 120), _facts(facts)) for name, facts in raw["reruns"][:1000]),
        again=tuple(_facts(facts) for facts in raw["again"][:AGAIN]),
        fallback=None if raw["fallback"] is None else _facts(raw["fallback"]),
        asked=short_text(raw["asked"], 64),
        images=short_text(raw["images"], 64),
    )


def _facts(raw: Any) -> RunFacts:
    if raw["status"] not in _STATUSES or not (raw["cell"] is None or type(raw["cell"]) is int):
        raise ValueError("how a run ended")
    return RunFacts(raw["status"], raw["cell"], short_text(raw["code"], 120), scalars(raw["values"]))

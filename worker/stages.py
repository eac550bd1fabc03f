"""The stages after a student's sandboxes are dead: intake, zone B and zone C, each in a fresh sandbox of our own code.

This side starts them and reads one capped line from each; it opens no file that came from zone A except to copy bytes.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assignments.package.values import AssignmentPackage
from grader.checks.values import ExtraRun, RunFacts, TaskVerdict
from grader.submissions.values import RunOrder
from worker.engines import pipes
from worker.engines.base import Bind, Sandbox, SandboxEngine, SandboxLimits, SandboxSpec
from worker.engines.pipes import StageFailed
from worker.kernels.session import Session
from worker.slots import Slot
from worker.zone_c_trusted import verdicts
from worker.zone_c_trusted.hidden_data import HiddenData

ROOT = Path(__file__).parent.parent
MAX_EVIDENCE = 202 << 20  # what intake takes at most, and the archive's own lines
INTAKE_S, PROBE_S, JUDGE_S = 60.0, 240.0, 60.0  # seconds; the probe's for all of its processes together
PROBE_RESTARTS = 3
_IMPORT_APP = "import sys; sys.path.insert(0, '/app'); sys.argv = ['judge']; from worker.zone_c_trusted.judge import main; main()"


@dataclass(frozen=True)
class Intake:
    """What was taken out of the dead sandboxes: its directory, digest, and how many models are in it."""

    out_fd: int
    digest: str
    models: int
    refused: tuple[dict[str, str], ...]

    def archive(self) -> bytes:
        """The same files in one, to be kept."""
        return pipes.read_out(self.out_fd, "evidence.zip", MAX_EVIDENCE)


@dataclass(frozen=True)
class Probe:
    """Zone B's directories, one for each sandbox it took (a model that brings one down is skipped by the next)."""

    out_fds: tuple[int, ...]


@dataclass(frozen=True)
class Stages:
    """The stages of one run. Sandboxes and descriptors live as long as `life`."""

    engine: SandboxEngine
    slot: Slot
    life: ExitStack
    order: RunOrder
    package: AssignmentPackage
    cancelled: Callable[[], bool]

    def intake(self, main: Session | None, reruns: Sequence[Session]) -> Intake | None:
        """Copy what the sandboxes left; None where none ran."""
        fds = {f"rerun{number}": run.evidence_fd for number, run in enumerate(reruns) if run.evidence_fd >= 0}
        if main is not None:
            fds["main"] = main.evidence_fd
        if not fds:
            return None
        spec = SandboxSpec(
            role="intake",
            argv=("/venv/bin/python", "-I", "-S", "/kit/intake.py"),
            uid=self.slot.judge_uid,
            binds=(Bind(ROOT / "worker/zone_c_trusted/intake.py", "/kit/intake.py"),),
            fds=fds,
            limits=SandboxLimits(memory_mb=1024, processes=4, file_mb=256, out_mb=512, work_mb=16),
        )
        sandbox = self._start(spec)
        try:
            said = json.loads(pipes.answer(sandbox, b"", INTAKE_S, 65_536))
            taken = Intake(sandbox.out_fd, str(said["digest"]), int(said["models"]), tuple(said["refused"]))
        except (ValueError, KeyError, TypeError) as problem:
            raise StageFailed(f"intake: {problem}") from problem
        if not re.fullmatch("[0-9a-f]{64}", taken.digest):
            raise StageFailed("intake: no digest")
        return taken

    def probe(self, intake: Intake | None, data: HiddenData | None) -> Probe | None:
        """Rebuild and measure the models; None where there are none."""
        if intake is None or not intake.models:
            return None
        binds = [Bind(ROOT / "worker/zone_b_probe", "/kit/_grader_probe")]
        if data is not None:
            binds.append(Bind(data.inputs, "/inputs"))
        outs: list[int] = []
        skip: list[str] = []
        until = time.monotonic() + PROBE_S
        for _ in range(PROBE_RESTARTS):
            sandbox = self._start(self._probe_spec(binds, intake.out_fd, skip))
            outs.append(sandbox.out_fd)
            if pipes.wait(sandbox, until - time.monotonic(), self.cancelled) or time.monotonic() > until or self.cancelled():
                break
            skip += sorted(name[:4] for name in os.listdir(sandbox.out_fd) if re.fullmatch(r"m\d{3}\.started", name))
        return Probe(tuple(outs))

    def _probe_spec(self, binds: Sequence[Bind], evidence: int, skip: Sequence[str]) -> SandboxSpec:
        return SandboxSpec(
            role="probe",
            argv=("/venv/bin/python", "-I", "/kit/_grader_probe/probe.py", *skip),
            uid=self.slot.probe_uid,
            binds=tuple(binds),
            env={"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_HOME": "/box/.keras", "CUDA_VISIBLE_DEVICES": "", **_threads(self.slot)},
            fds={"evidence": evidence},
            runtime="torch" if self.package.runtime == "torch" else "tensorflow",  # kept warm; the other is imported if needed
            limits=SandboxLimits(memory_mb=3072, processes=16, out_mb=64, work_mb=64),
            cpus=self.slot.cpus,
        )

    def judge(
        self,
        cells: Sequence[str],
        main: Session | None,
        extra: Sequence[tuple[ExtraRun, Session]],
        intake: Intake | None,
        probe: Probe | None,
        data: HiddenData | None,
    ) -> tuple[TaskVerdict, ...]:
        """Verdicts of the package's tasks, in its order."""
        binds = [
            Bind(ROOT / "grader", "/app/grader"),
            Bind(ROOT / "worker", "/app/worker"),
            Bind(ROOT / "assignments/__init__.py", "/app/assignments/__init__.py"),
            Bind(ROOT / "assignments/package", "/app/assignments/package"),
            Bind(self.order.package, "/package"),
        ]
        if data is not None:
            binds.append(Bind(data.labels, "/labels"))
        spec = SandboxSpec(
            role="judge",
            argv=("/venv/bin/python", "-I", "-c", _IMPORT_APP),
            uid=self.slot.judge_uid,
            binds=tuple(binds),
            env={"PYTHONDONTWRITEBYTECODE": "1"},
            fds={
                **({"intake": intake.out_fd} if intake else {}),
                **{f"probe{number}": out_fd for number, out_fd in enumerate(probe.out_fds if probe else ())},
            },
            limits=SandboxLimits(memory_mb=1024, processes=4, out_mb=16, work_mb=16),
        )
        order = json.dumps(self._order(cells, main, extra, intake)).encode() + b"\n"
        line = pipes.answer(self._start(spec), order, JUDGE_S, verdicts.MAX_BYTES)
        try:
            tasks = verdicts.load(line)
        except verdicts.NotVerdicts as problem:
            raise StageFailed(f"judge: {problem}") from problem
        if [task.id for task in tasks] != [task.id for task in self.package.tasks]:
            raise StageFailed("judge: verdicts of other tasks than asked for")
        return tasks

    def _order(
        self, cells: Sequence[str], main: Session | None, extra: Sequence[tuple[ExtraRun, Session]], intake: Intake | None
    ) -> dict[str, Any]:
        return {
            "course": self.package.course,
            "typed_only": self.order.typed_only,
            "answers": {task: asdict(answer) for task, answer in self.order.answers.items()},
            "cells": cells,
            "run": _facts(main.facts if main else RunFacts()),
            "reruns": [{"name": wanted.name, "facts": _facts(run.facts)} for wanted, run in extra],
            "refused": [
                {"name": str(r["name"])[:100], "reason": str(r["reason"])[:60]} for r in (intake.refused if intake else ())
            ],
        }

    def _start(self, spec: SandboxSpec) -> Sandbox:
        return self.life.enter_context(self.engine.start(spec))


def _facts(facts: RunFacts) -> dict[str, Any]:
    return {"status": facts.status, "cell": facts.cell, "code": facts.code, "values": dict(facts.values)}


def _threads(slot: Slot) -> dict[str, str]:
    count = str(len(slot.cpus) or 1)
    return {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "TF_NUM_INTRAOP_THREADS": count}

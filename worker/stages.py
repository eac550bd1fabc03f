"""The stages after a student's sandboxes are dead: intake, zone B and zone C, each in a fresh sandbox of our own code.

This side starts them and reads one capped line from each; it opens no file that came from zone A except to copy bytes.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assignments.package.values import AssignmentPackage
from grader.submissions.values import RunOrder
from worker.account import Account
from worker.account import load as load_account
from worker.engines import pipes
from worker.engines.base import Bind, Sandbox, SandboxEngine, SandboxLimits, SandboxSpec
from worker.engines.pipes import StageFailed
from worker.kernels.session import Session
from worker.slots import Slot
from worker.zone_c_trusted import verdicts
from worker.zone_c_trusted.hidden_data import HiddenData
from worker.zone_c_trusted.verdicts import Verdicts

log = logging.getLogger(__name__)

ROOT = Path(__file__).parent.parent
MAX_EVIDENCE = 104 << 20  # what intake takes at most, the account, and the archive's own lines
MAX_ACCOUNT = 1 << 20
INTAKE_S, PROBE_S, JUDGE_S = 60.0, 240.0, 60.0  # seconds; the probe's for all of its processes together
VIEW_S = 30.0
MAX_VIEW = 24 << 20
PROBE_RESTARTS = 3
_IMPORT_APP = (
    "import os, sys; sys.path.insert(0, os.environ.get('GRADER_ROOT', '') + '/app'); sys.argv = ['judge']; "
    "from worker.zone_c_trusted.judge import main; main()"
)


@dataclass(frozen=True)
class Intake:
    """What was taken out of the dead sandboxes: its directory, digest, how many models are in it, and how each ended."""

    out_fd: int
    digest: str
    models: int
    account: Account
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

    def intake(self, account: Account, sessions: Mapping[str, Session]) -> Intake | None:
        """Copy what the sandboxes left, by their names (`main`, `rerun0`, …, `fallback`); None where none ran."""
        fds = {name: run.evidence_fd for name, run in sessions.items() if run.evidence_fd >= 0}
        return self._intake(fds, account) if fds else None

    def kept(self, archive: bytes) -> Intake:
        """The same from an archive that was kept.

        Raises:
            StageFailed: it is no archive of ours.
        """
        number = os.memfd_create("evidence", os.MFD_CLOEXEC)
        with os.fdopen(number, "wb") as file:
            file.write(archive)
            file.flush()
            os.lseek(number, 0, os.SEEK_SET)
            return self._intake({"kept": number}, Account())

    def _intake(self, fds: Mapping[str, int], account: Account) -> Intake:
        spec = SandboxSpec(
            role="intake",
            argv=("/venv/bin/python", "-I", "-S", "/kit/intake.py"),
            uid=self.slot.judge_uid,
            binds=(Bind(ROOT / "worker/zone_c_trusted/intake.py", "/kit/intake.py"),),
            fds=fds,
            limits=SandboxLimits(memory_mb=1024, processes=4, file_mb=256, out_mb=512, work_mb=16),
        )
        sandbox = self._start(spec)
        question = json.dumps(account.as_json()).encode() + b"\n"
        try:
            said = json.loads(pipes.answer(sandbox, question, INTAKE_S, MAX_ACCOUNT))
            refused = tuple({"name": str(r["name"])[:100], "reason": str(r["reason"])[:60]} for r in said["account"]["refused"])
            taken = Intake(sandbox.out_fd, str(said["digest"]), int(said["models"]), load_account(said["account"]), refused)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
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
            skip += sorted(
                name[:-8] for name in os.listdir(sandbox.out_fd) if re.fullmatch(r"(main|again\d)-m\d{3}\.started", name)
            )
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

    def view(self, session: Session) -> bytes:
        """What a page may show of the executed notebook, as a sandbox of its own made it; empty where it could not."""
        kit = {"notebook_view.py": ROOT / "worker/zone_b_probe", "printed.py": ROOT / "worker/kernels"}
        spec = SandboxSpec(
            role="view",
            argv=("/venv/bin/python", "-I", "/kit/_grader_view/notebook_view.py"),
            uid=self.slot.probe_uid,
            binds=tuple(Bind(folder / name, f"/kit/_grader_view/{name}") for name, folder in kit.items()),
            fds={"executed": session.driver_fd},
            limits=SandboxLimits(memory_mb=1024, processes=4, file_mb=32, out_mb=32, work_mb=16),
            cpus=self.slot.cpus,
        )
        with self.engine.start(spec) as sandbox:
            if not pipes.wait(sandbox, VIEW_S, self.cancelled):
                log.warning("an executed notebook could not be made into a page: %s", sandbox.errors()[-300:])
                return b""
            return left_in(sandbox.out_fd, "notebook.json", MAX_VIEW)

    def judge(
        self, cells: Sequence[str], account: Account, intake: Intake | None, probe: Probe | None, data: HiddenData | None
    ) -> Verdicts:
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
        order = json.dumps(self._order(cells, account, intake)).encode() + b"\n"
        line = pipes.answer(self._start(spec), order, JUDGE_S, verdicts.MAX_BYTES)
        try:
            found = verdicts.load(line)
        except verdicts.NotVerdicts as problem:
            raise StageFailed(f"judge: {problem}") from problem
        if [task.id for task in found.tasks] != [task.id for task in self.package.tasks]:
            raise StageFailed("judge: verdicts of other tasks than asked for")
        return found

    def _order(self, cells: Sequence[str], account: Account, intake: Intake | None) -> dict[str, Any]:
        return {
            "course": self.package.course,
            "typed_only": self.order.typed_only,
            "answers": {task: asdict(answer) for task, answer in self.order.answers.items()},
            "cells": cells,
            "account": account.as_json(),
            "refused": intake.refused if intake else (),
        }

    def _start(self, spec: SandboxSpec) -> Sandbox:
        return self.life.enter_context(self.engine.start(spec))


def left_in(directory: int, name: str, limit: int) -> bytes:
    """A file of an `/out`, copied and never parsed here; empty where there is none, or none that may be taken."""
    try:
        return pipes.read_out(directory, name, limit)
    except (OSError, ValueError):
        return b""


def _threads(slot: Slot) -> dict[str, str]:
    count = str(len(slot.cpus) or 1)
    return {"OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count, "TF_NUM_INTRAOP_THREADS": count}

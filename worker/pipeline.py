"""One submission's way through the zones, from order to result. Knows no database, broker or web.

    preflight   the notebook's cells, or a refusal in words
    zone A      the notebook in a one-shot sandbox, then the further sandboxes that checks ask for (re-runs, expressions)
    intake      bytes out of the dead sandboxes, by our names, bounded
    zone B      each caught model rebuilt and measured, without labels
    zone C      evidence to verdicts, in a process without credentials
    fallback    where a model could not be rebuilt: the notebook once more, with hidden images, for its predictions alone

With evidence that was kept (`RunOrder.evidence`) the way begins at intake, unless something else would be asked of sandboxes now.

Whatever a notebook does comes out as a `RunResult`. An exception out of `grade` is our own trouble (no sandbox, no data,
a bug): the caller gives the run back to the queue and charges nobody.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from assignments.package import load_assignment
from assignments.package.values import AssignmentPackage
from grader.checks import CHECKS_VERSION, extra_runs, judge
from grader.checks.values import Evidence, ExtraRun, RunFacts, TaskStatus, TaskVerdict, Values
from grader.submissions.errors import Refused
from grader.submissions.preflight import Notebook, preflight
from grader.submissions.values import Artefact, ProgressReport, Receipt, ResultStatus, RunOrder, RunResult
from worker import runtime_lock
from worker.account import Account, asked
from worker.engines import engine_for
from worker.engines.base import Bind, SandboxEngine
from worker.engines.pipes import StageFailed, read_out
from worker.kernels import session
from worker.kernels.request import Request, SessionLimits
from worker.slots import Slot
from worker.stages import Intake, Probe, Stages
from worker.zone_c_trusted import hidden_data
from worker.zone_c_trusted.verdicts import Verdicts

log = logging.getLogger(__name__)

T = TypeVar("T")
Progress = Callable[[ProgressReport], None]
MAX_EXECUTED = 32 << 20
PREPARATIONS = Path(__file__).parent / "zone_b_probe/preparations.py"


def grade(
    order: RunOrder, *, slot: Slot, on_progress: Progress = lambda _: None, cancelled: Callable[[], bool] = lambda: False
) -> RunResult:
    """Grade one submission in one slot.

    Raises:
        EngineError, DataMissing, StageFailed: our own trouble; the run was not judged.
    """
    package = load_assignment(order.package, "")
    try:
        notebook = preflight(order.notebook) if order.notebook is not None else Notebook(())
    except Refused as refusal:
        return _rejected(order, package, refusal)
    with ExitStack() as life:
        return _Grading(order, package, slot, notebook, on_progress, cancelled, life).result()


class _Grading:
    """The state of one run's way; `result` walks it once."""

    def __init__(
        self,
        order: RunOrder,
        package: AssignmentPackage,
        slot: Slot,
        notebook: Notebook,
        on_progress: Progress,
        cancelled: Callable[[], bool],
        life: ExitStack,
    ) -> None:
        assert slot.config is not None
        self.order, self.package, self.slot, self.life = order, package, slot, life
        self.cells, self.texts = notebook.cells, notebook.texts
        self.config = slot.config
        self.engine: SandboxEngine = engine_for(self.config)
        self.on_progress, self.cancelled = on_progress, cancelled
        self.began = time.monotonic()
        self.timings: dict[str, float] = {}
        self.sandboxes = 0
        self.stages = Stages(self.engine, slot, life, order, package, cancelled)
        self.data: hidden_data.HiddenData | None = None
        self.sessions: dict[str, session.Session] = {}  # by the name that intake takes each under
        self.asked = asked(package, order.answers)

    def result(self) -> RunResult:
        self.report("preparing")
        self.data = self.timed("data", self.prepared_data)
        account, intake = self.kept() or self.fresh()
        found, probe = self.judged(account, intake)
        if found.fallback and not self.cancelled():
            account, intake = self.with_fallback(account)
            found, probe = self.judged(account, intake)
        self.timings["total"] = self.elapsed()
        return self.written_down(account, found.tasks, intake, probe)

    def kept(self) -> tuple[Account, Intake] | None:
        """The evidence of an earlier run, where the same would be asked of the sandboxes today."""
        if self.order.evidence is None:
            return None
        try:
            intake = self.timed("intake", lambda: self.stages.kept(self.order.evidence or b""))
        except StageFailed:
            log.warning("kept evidence can't be read: the notebook runs again")
            return None
        return (intake.account, intake) if intake.account.asked == self.asked else None

    def fresh(self) -> tuple[Account, Intake | None]:
        main = self.timed("notebook", self.notebook)
        extra = self.timed("reruns", lambda: self.extra(main))
        if main is not None:
            self.sessions["main"] = main
        self.sessions |= {f"rerun{number}": run for number, (_, run) in enumerate(extra)}
        account = Account(
            main.facts if main else RunFacts(), tuple((wanted.name, run.facts) for wanted, run in extra), asked=self.asked
        )
        return account, self.timed("intake", lambda: self.stages.intake(account, self.sessions))

    def with_fallback(self, account: Account) -> tuple[Account, Intake | None]:
        """Once more in a fresh sandbox that also sees the hidden images, without labels."""
        if "main" not in self.sessions:  # what was kept had no such run
            account, _ = self.fresh()
        self.sessions["fallback"] = self.timed("fallback", lambda: self.notebook(predict=True)) or session.Session(RunFacts())
        account = replace(account, fallback=self.sessions["fallback"].facts)
        return account, self.timed("intake", lambda: self.stages.intake(account, self.sessions))

    def judged(self, account: Account, intake: Intake | None) -> tuple[Verdicts, Probe | None]:
        self.report("probing")
        probe = self.timed("probe", lambda: self.stages.probe(intake, self.data))
        self.report("judging")
        return self.timed("judge", lambda: self.stages.judge(self.cells, account, intake, probe, self.data)), probe

    # -- the stages that run a student's code

    def prepared_data(self) -> hidden_data.HiddenData | None:
        if not self.package.dataset or not self.cells:
            return None
        folder = Path(self.life.enter_context(tempfile.TemporaryDirectory(prefix="data-", dir=self.slot.folder)))
        return hidden_data.prepare(self.config.fashion_mnist, seed=self.order.seed, held_out=self.package.held_out, into=folder)

    def notebook(self, *, predict: bool = False) -> session.Session | None:
        """The student's own cells; with `predict` also the hidden images, and models are asked instead of taken."""
        if not self.cells or self.order.typed_only:
            return None
        binds = [Bind(self.data.student, "/box/.keras/datasets/fashion-mnist")] if self.data else []
        if self.data and predict:
            binds += [Bind(self.data.inputs, "/inputs"), Bind(PREPARATIONS, "/kit/_grader_prepare/preparations.py")]
        package = self.package
        request = Request(
            self.cells,
            self.limits(),
            ExtraRun("main", collect=package.collect),
            models=package.collect_models,
            runtime=package.runtime,
            binds=tuple(binds),
            texts=self.texts,
            predict=predict,
            shown=not predict,
        )
        return self.run(request)

    def extra(self, main: session.Session | None) -> list[tuple[ExtraRun, session.Session]]:
        """The further sandboxes: a fresh one each. A notebook that did not even end is not run again: it ended as it did."""
        ended = main.facts if main else RunFacts()
        runs: list[tuple[ExtraRun, session.Session]] = []
        for task in self.package.tasks:
            for wanted in extra_runs(task.spec, self.order.answers):
                if wanted.cells is None and ended.status not in ("ok", "error"):
                    runs.append((wanted, session.Session(ended)))
                else:
                    runs.append(
                        (
                            wanted,
                            self.run(Request(wanted.cells or self.cells, self.limits(), wanted, runtime=self.package.runtime)),
                        )
                    )
        return runs

    def run(self, request: Request) -> session.Session:
        self.sandboxes += 1
        self.report("starting", cells=len(request.cells))
        last = [0.0]

        def report(cell: int | None, tail: str) -> None:
            if tail or time.monotonic() - last[0] > 0.2:
                last[0] = time.monotonic()
                self.report("running", cell=cell, cells=len(request.cells), tail=tail if request.shown else "")

        done = session.run(self.engine, self.slot, request, report, self.cancelled)
        self.life.callback(done.close)
        self.timings.setdefault("kernel_ready", round(done.started_ms, 1))
        if done.facts.code == "run.kernel_start":
            raise KernelNeverCame(str(done.facts.values.get("detail", "")))
        return done

    # -- small things

    def limits(self) -> SessionLimits:
        limits = self.package.limits
        return SessionLimits(limits.run_s, limits.cell_s, limits.memory_mb, limits.processes, limits.output_mb)

    def elapsed(self) -> float:
        return round(1000 * (time.monotonic() - self.began), 1)

    def timed(self, stage: str, step: Callable[[], T]) -> T:
        began = time.monotonic()
        done = step()
        self.timings[stage] = round(1000 * (time.monotonic() - began), 1)
        return done

    def report(self, stage: str, cell: int | None = None, cells: int | None = None, tail: str = "") -> None:
        self.on_progress(ProgressReport(stage, cell, cells, self.elapsed() / 1000, tail))

    def written_down(
        self, account: Account, tasks: tuple[TaskVerdict, ...], intake: Intake | None, probe: Probe | None
    ) -> RunResult:
        receipt = replace(
            _receipt(self.order, self.package),
            evidence_digest=intake.digest if intake else "",
            runtime_lock=runtime_lock.digest(self.config.runtime),
            engine=self.engine.name,
            sandbox_level=self.engine.level,
            device=f"gpu:{self.slot.device}" if self.slot.device else "cpu",
            sandboxes=self.sandboxes + (len(probe.out_fds) if probe else 0),
        )
        artefacts = [Artefact("evidence.zip", intake.archive())] if intake else []
        if "main" in self.sessions and (executed := _executed(self.sessions["main"])):
            artefacts.insert(0, Artefact("executed.ipynb", executed))
        notes: tuple[tuple[str, Values], ...] = (("note.fallback", {}),) if account.fallback else ()
        return _scored(
            RunResult(
                "graded", account.run, tasks, receipt=receipt, timings_ms=self.timings, artefacts=tuple(artefacts), notes=notes
            )
        )


class KernelNeverCame(Exception):
    """The kernel did not answer before any of the student's code ran: our trouble."""


def _rejected(order: RunOrder, package: AssignmentPackage, refusal: Refused) -> RunResult:
    """A file that is no notebook: nothing ran, nothing is earned, and the sentence says why."""
    facts = RunFacts("rejected", None, refusal.code, refusal.values)
    tasks = judge([task.spec for task in package.tasks], Evidence(run=facts, answers=order.answers))
    result = _scored(RunResult("broken", facts, tasks, receipt=_receipt(order, package)))
    return replace(result, status="broken")


def _receipt(order: RunOrder, package: AssignmentPackage) -> Receipt:
    return Receipt(
        package_digest=package.digest,
        notebook_digest=hashlib.sha256(order.notebook).hexdigest() if order.notebook is not None else "",
        checks_version=CHECKS_VERSION,
        seed_commitment=hashlib.sha256(order.seed).hexdigest(),
    )


def _scored(result: RunResult) -> RunResult:
    """Sum the points and say what the run came to: *broken* only where it died before anything was earned."""
    status: ResultStatus = "graded"
    if any(task.status is TaskStatus.NOT_JUDGED for task in result.tasks):
        status = "not_judged"
    elif result.run.status in ("timeout", "memory", "died") and not any(task.points for task in result.tasks):
        status = "broken"
    return replace(
        result,
        status=status,
        score=round(sum(task.points for task in result.tasks), 2),
        max_score=round(sum(task.max_points for task in result.tasks), 2),
    )


def _executed(main: session.Session) -> bytes:
    """The executed notebook as the driver wrote it: copied, never parsed here."""
    try:
        return read_out(main.driver_fd, "executed.ipynb", MAX_EXECUTED)
    except (OSError, ValueError):
        return b""

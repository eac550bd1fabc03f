"""One submission's way through the zones, from order to result. Knows no database, broker or web.

    preflight   the notebook's cells, or a refusal in words
    zone A      the notebook in a one-shot sandbox, then the further sandboxes that checks ask for (re-runs, expressions)
    intake      bytes out of the dead sandboxes, by our names, bounded
    zone B      each caught model rebuilt and measured, without labels
    zone C      evidence to verdicts, in a process without credentials
    further     after a near miss the notebook twice more, with other seeds; where a model could not be rebuilt once more, with
                the hidden images, for its predictions alone; then intake, B and C again

With evidence that was kept (`RunOrder.evidence`) the way begins at intake, unless something else would be asked of sandboxes now.

Whatever a notebook does comes out as a `RunResult`. An exception out of `grade` is our own trouble (no sandbox, no data,
a bug): the caller gives the run back to the queue and charges nobody.
"""

from __future__ import annotations

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
from grader.checks import extra_runs
from grader.checks.values import ExtraRun, RunFacts, Values
from grader.submissions.errors import Refused
from grader.submissions.preflight import Notebook, preflight
from grader.submissions.values import Artefact, ProgressReport, RunOrder, RunResult
from worker import runtime_lock
from worker.account import AGAIN, Account, asked
from worker.engines import engine_for
from worker.engines.base import Bind, SandboxEngine
from worker.engines.pipes import StageFailed
from worker.kernels import session
from worker.kernels.request import Request, Seen, SessionLimits
from worker.outcome import receipt_of, rejected, scored
from worker.slots import Slot
from worker.stages import Intake, Probe, Stages, left_in
from worker.zone_c_trusted import hidden_data
from worker.zone_c_trusted.verdicts import Verdicts

log = logging.getLogger(__name__)

T = TypeVar("T")
Progress = Callable[[ProgressReport], None]
MAX_EXECUTED = 32 << 20
TRAIN = 10_000  # training images that are measured where a check asks for them
PREPARATIONS = Path(__file__).parent / "zone_b_probe/preparations.py"


def grade(
    order: RunOrder, *, slot: Slot, on_progress: Progress = lambda _: None, cancelled: Callable[[], bool] = lambda: False
) -> RunResult:
    """Grade one submission in one slot.

    Raises:
        EngineError, DataMissing, StageFailed: our own trouble; the run was not judged.
    """
    package = load_assignment(order.package, "")
    refused: RunFacts | None = None
    try:
        notebook = preflight(order.notebook) if order.notebook is not None else Notebook(())
    except Refused as refusal:
        if not any(run.cells for task in package.tasks for run in extra_runs(task.spec, order.answers)):
            return rejected(order, package, refusal)
        notebook, refused = Notebook(()), RunFacts("rejected", None, refusal.code, refusal.values)  # what was typed still runs
    with ExitStack() as life:
        result = _Grading(order, package, slot, notebook, on_progress, cancelled, life).result(refused or RunFacts())
    return replace(result, status="broken") if refused and result.status == "graded" else result


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
        self.without = RunFacts()

    def result(self, without: RunFacts = RunFacts()) -> RunResult:  # noqa: B008 - a frozen value
        """Walk the way. `without`: how things stand where there are no cells to run."""
        self.without = without
        self.report("preparing")
        self.data = self.timed("data", self.prepared_data)
        account, intake = self.kept() or self.fresh()
        found, probe = self.judged(account, intake)
        if (found.fallback or found.again) and not self.cancelled() and self.order.purpose != "appeal":
            account, intake = self.further(account, found)
            found, probe = self.judged(account, intake)
        self.timings["total"] = self.elapsed()
        return self.written_down(account, found, intake, probe)

    def kept(self) -> tuple[Account, Intake] | None:
        """The evidence of an earlier run, where the same would be asked of the sandboxes, on the same images, today.

        Raises:
            EvidenceOfNoUse: it is not so, and an appeal wants this evidence judged or none.
        """
        if self.order.evidence is None:
            return None
        try:
            intake = self.timed("intake", lambda: self.stages.kept(self.order.evidence or b""))
            why = self.of_no_use(intake.account)
        except StageFailed as problem:
            why = str(problem)
        if not why:
            return intake.account, intake
        if self.order.purpose == "appeal":
            raise EvidenceOfNoUse(why)
        log.info("kept evidence is of no use, so the notebook runs again: %s", why)
        return None

    def of_no_use(self, account: Account) -> str:
        if account.asked != self.asked:
            return "other things would be asked of the sandboxes now"
        if account.images and self.data is not None and account.images != self.data.digest():
            return "the models were asked about other images"
        return ""

    def fresh(self) -> tuple[Account, Intake | None]:
        main = self.timed("notebook", self.notebook) if self.cells and not self.order.typed_only else None
        extra = self.timed("reruns", lambda: self.extra(main))
        if main is not None:
            self.sessions["main"] = main
        self.sessions |= {f"rerun{number}": run for number, (_, run) in enumerate(extra)}
        account = Account(
            main.facts if main else self.without, tuple((wanted.name, run.facts) for wanted, run in extra), asked=self.asked
        )
        return account, self.timed("intake", lambda: self.stages.intake(account, self.sessions))

    def further(self, account: Account, found: Verdicts) -> tuple[Account, Intake | None]:
        """Once more in fresh sandboxes: with other seeds after a near miss; with the hidden images, without labels, where a
        model could not be rebuilt.
        """
        again, fallback = found.again or bool(account.again), found.fallback or account.fallback is not None
        if "main" not in self.sessions:  # what was kept lacked a run, and runs of today go together with runs of today
            account, _ = self.fresh()
        if again:
            for number in range(1, AGAIN + 1):
                self.sessions[f"again{number}"] = self.timed(f"again{number}", lambda: self.notebook(reseed=number))  # noqa: B023
            account = replace(account, again=tuple(self.sessions[f"again{number}"].facts for number in range(1, AGAIN + 1)))
        if fallback and self.data is not None:
            self.sessions["fallback"] = self.timed("fallback", lambda: self.notebook(predict=True))
            account = replace(account, fallback=self.sessions["fallback"].facts, images=self.data.digest())
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
        checks = [check for task in self.package.tasks for check in task.spec.checks]
        train = TRAIN if any(getattr(check.params, "split", "") == "train" for check in checks) else 0
        held_out = self.package.held_out
        return hidden_data.prepare(self.config.fashion_mnist, seed=self.order.seed, held_out=held_out, into=folder, train=train)

    def notebook(self, *, predict: bool = False, reseed: int = 0) -> session.Session:
        """The student's own cells; with `predict` also the hidden images, and models are asked instead of taken."""
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
            reseed=self.order.reseed * (AGAIN + 1) + reseed,
            shown=not predict,
        )
        return self.run(request)

    def extra(self, main: session.Session | None) -> list[tuple[ExtraRun, session.Session]]:
        """The further sandboxes: a fresh one each. A notebook that did not even end is not run again: it ended as it did."""
        ended = main.facts if main else self.without
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
        began: dict[int | None, float] = {}

        def report(cell: int | None, seen: Seen) -> None:
            took = time.monotonic() - began.setdefault(cell, time.monotonic())
            self.report("running", cell, len(request.cells), seen, took) if request.shown else self.report("running")

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

    def report(
        self, stage: str, cell: int | None = None, cells: int | None = None, seen: Seen | None = None, cell_s: float | None = None
    ) -> None:
        saw = seen or Seen()
        self.on_progress(
            ProgressReport(stage, cell, cells, self.elapsed() / 1000, saw.tail, saw.head, saw.skipped, cell_s, saw.trainings)
        )

    def written_down(self, account: Account, found: Verdicts, intake: Intake | None, probe: Probe | None) -> RunResult:
        receipt = replace(
            receipt_of(self.order, self.package),
            evidence_digest=intake.digest if intake else "",
            runtime_lock=runtime_lock.digest(self.config.runtime),
            engine=self.engine.name,
            sandbox_level=self.engine.level,
            device=f"gpu:{self.slot.device}" if self.slot.device else "cpu",
            sandboxes=self.sandboxes + (len(probe.out_fds) if probe else 0),
        )
        artefacts = [Artefact("evidence.zip", intake.archive())] if intake else []
        main = self.sessions.get("main")
        if main is not None and (executed := left_in(main.driver_fd, "executed.ipynb", MAX_EXECUTED)):
            artefacts.insert(0, Artefact("executed.ipynb", executed))
            artefacts += (
                [Artefact("notebook.json", shown)] if (shown := self.timed("view", lambda: self.stages.view(main))) else []
            )
        notes: list[tuple[str, Values]] = [("note.near_miss", {})] if account.again else []
        notes += [("note.fallback", {})] if account.fallback else []
        notes += found.notes
        report = replace(found.report, trainings=main.trainings if main else ())
        result = RunResult("graded", account.run, found.tasks, receipt=receipt, timings_ms=self.timings, report=report)
        return scored(replace(result, artefacts=tuple(artefacts), notes=tuple(notes)))


class EvidenceOfNoUse(Exception):
    """What was kept can't be judged today, and its reason."""


class KernelNeverCame(Exception):
    """The kernel did not answer before any of the student's code ran: our trouble."""

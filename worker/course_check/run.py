"""Tries cases: in this process what needs no sandbox, the rest through the pipeline, several at a time if asked."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from typing import Protocol

from grader.checks import judge
from grader.checks.values import Evidence
from grader.submissions.values import RunOrder
from worker import pipeline, slots
from worker.config import WorkerConfig
from worker.course_check.cases import Case, family_of
from worker.course_check.keep import Found, Kept, found_of, turned


class Say(Protocol):
    def __call__(self, line: str) -> None: ...


def tried(cases: Iterable[Case], kept: Kept, config: WorkerConfig, say: Say, jobs: int = 1) -> dict[Case, Found]:
    """What comes of each case; kept findings are taken as they are. A case without a finding is our own trouble, and told."""
    found: dict[Case, Found] = {}
    waiting: list[Case] = []
    for case in cases:
        before = kept.found(case.key)
        if before is not None:
            found[case] = before
        elif case.instant:
            found[case] = at_once(case)
        else:
            waiting.append(case)
    costs = {case: _cost(case, kept) for case in waiting}
    clock = _Clock(sum(costs.values()), len(costs))
    for case, result in _run(waiting, kept, config, jobs):
        line = clock.line(costs[case])
        name = f"{case.package.slug} {case.name}"
        if isinstance(result, Found):
            found[case] = result
            say(f"{line} {name}: {result.points:g} of {result.max_points:g} in {result.seconds:.0f} s")
        else:
            say(f"{line} {name}: not judged, which is our fault: {result}")
    return found


def _run(waiting: list[Case], kept: Kept, config: WorkerConfig, jobs: int) -> Iterator[tuple[Case, Found | str]]:
    if jobs < 2:
        yield from ((case, in_a_sandbox(case, kept, config)) for case in waiting)
        return
    # What others share evidence with goes first and alone; a fresh interpreter each, since the engines fork.
    firsts = {case.ran_key: case for case in reversed(waiting) if kept.evidence(case.ran_key) is None}
    first = [case for case in waiting if case is firsts.get(case.ran_key)]
    for some in (first, [case for case in waiting if case not in first]):
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
            asked = {pool.submit(in_a_sandbox, case, kept, config): case for case in some}
            yield from ((asked[done], done.result()) for done in as_completed(asked))


def at_once(case: Case) -> Found:
    """Answers alone, judged here."""
    specs = [task.spec for task in case.package.tasks if not case.alone or task.id == case.task]
    verdicts = judge(specs, Evidence(answers=case.read), typed_only=True)
    return found_of(verdicts, ended="none", said="", seconds=0.0, sandboxes=0)


def in_a_sandbox(case: Case, kept: Kept, config: WorkerConfig) -> Found | str:
    """The whole pipeline; the finding and the evidence are kept. A text says why nothing was judged."""
    try:
        found = _built_otherwise(case, kept, config) or _graded(case, kept, config)
    except Exception as problem:  # our own trouble: the next run of the check tries it again
        return f"{type(problem).__name__}: {problem}"
    kept.put(case.key, found)
    return found


def _built_otherwise(case: Case, kept: Kept, config: WorkerConfig) -> Found | None:
    """A mutant whose nets are seen to be built otherwise, or that does not run, with its training cut short; None where only
    the whole training can tell. Checks of structure do not look at how well a net does; compared with the reference cut as short.
    """
    if case.short is None:
        return None
    base, mutant = (replace(case, notebook=notebook, short=None) for notebook in case.short)
    before = kept.found(base.key)
    if before is None:
        before = _graded(base, kept, config)
        kept.put(base.key, before)
    found = _graded(mutant, kept, config)
    seen = any(
        turned(check, before.tasks[task][at]) and family_of(check.kind) == "structure"
        for task, checks in found.tasks.items()
        for at, check in enumerate(checks)
    )
    return replace(found, short=True) if seen or found.ended != before.ended else None


def _graded(case: Case, kept: Kept, config: WorkerConfig) -> Found:
    device = case.package.device
    kind: slots.Kind = "gpu" if device == "gpu" or (device == "prefer-gpu" and config.gpus) else "cpu"
    order = RunOrder(
        case.package.root,
        case.notebook,
        case.read,
        hashlib.sha256(f"course check {case.seed}".encode()).digest(),
        purpose="dry_run",
        typed_only=case.alone,
        evidence=None if case.alone else kept.evidence(case.ran_key),
        reseed=case.seed,
        device=kind,
    )
    with slots.take(kind, config) as slot:
        began = time.monotonic()
        result = pipeline.grade(order, slot=slot)
        spent = time.monotonic() - began
    if result.status == "not_judged":
        raise NotJudged("a check did not come to a verdict")
    for artefact in result.artefacts:
        if artefact.name == "evidence.zip" and not case.alone:
            kept.put_evidence(case.ran_key, artefact.content)
    run, verdicts = result.run, tuple(task for task in result.tasks if not case.alone or task.id == case.task)
    said = " ".join(str(one) for one in (run.code, run.values.get("ename", ""), run.values.get("evalue", ""))).strip()[:200]
    return found_of(verdicts, ended=run.status, said=said, seconds=spent, sandboxes=result.receipt.sandboxes)


class NotJudged(Exception):
    """The pipeline came to no verdict, which is our fault."""


def _cost(case: Case, kept: Kept) -> float:
    """Seconds that a case will take, roughly: only for telling how long there is to wait."""
    quick = case.alone or case.short is not None or kept.evidence(case.ran_key) is not None
    return 10.0 if quick else max(10.0, float(case.package.expected_s))


class _Clock:
    """How far it is, and how long it will take: by what the cases done so far took, against what they were thought to."""

    def __init__(self, left: float, cases: int) -> None:
        self.left, self.all, self.done, self.spent = left, cases, 0, 0.0
        self.began = time.monotonic()

    def line(self, cost: float) -> str:
        self.done += 1
        self.left -= cost
        self.spent += cost
        pace = (time.monotonic() - self.began) / max(self.spent, 1.0)
        left = max(0.0, self.left) * pace
        told = f"{left / 60:.0f} min" if left > 90 else f"{left:.0f} s"
        return f"[{self.done}/{self.all}, about {told} left]"

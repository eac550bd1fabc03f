"""`manage.py appeal RUN`: judge a run once more by what its receipt names, and say whether the same comes of it.

Changes nothing. By default from the evidence that was kept: no student's code runs. With `--run-again` the notebook itself
runs in fresh sandboxes, on the same hidden data, since the seed belongs to the submission.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from grader import blobs
from grader.submissions.claims import order_of
from grader.submissions.models import Run, RunState
from grader.submissions.queries import run_by_name
from grader.submissions.receipts import receipt_problems
from grader.submissions.values import RunResult
from worker import pipeline, slots
from worker.management.commands import _offline


class Command(BaseCommand):
    help = (
        "Judge a run again by what its signed receipt names. RUN: run_… or sub_… (its last run). Changes nothing. "
        "Exit 0: the same verdicts; 1: others, or the receipt does not hold; 2: usage; 3: it can't be judged now (our fault)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", metavar="RUN")
        parser.add_argument("--run-again", action="store_true", help="run the notebook again instead of judging what it left")

    def handle(self, *, run: str, run_again: bool, **_: Any) -> None:
        found = run_by_name(run)
        if found is None or found.state != RunState.DONE:
            raise CommandError(
                f"There is no ended run {run!r}. The result page names run and submission under “Receipt”.", returncode=2
            )
        if problems := receipt_problems(found):
            raise CommandError("\n".join([f"{found.public_id} does not hold, so nothing is judged by it:", *problems]))
        result = _judged_again(found, run_again)
        pairs = _pairs(found, result)
        self.stdout.write(_table(pairs))
        if others := sum(then != now for _, then, now in pairs):
            raise CommandError(f"{others} of {len(pairs)} tasks come out otherwise now.")
        ran = "reruns" in result.timings_ms  # a stage of fresh runs alone
        how = "the notebook was run again" if ran else "judged from what was kept, no code of the notebook ran"
        self.stdout.write(f"{found.public_id}: the same verdicts ({how}).")


def _judged_again(run: Run, run_again: bool) -> RunResult:
    kept = "" if run_again else run.evidence_digest
    try:
        order = replace(order_of(run, blobs.get(kept) if kept else None), purpose="appeal")
        with slots.take("cpu") as slot:
            return pipeline.grade(order, slot=slot)
    except Exception as problem:
        raise CommandError(f"It can't be judged now: {problem}", returncode=_offline.TROUBLE) from problem


def _pairs(run: Run, result: RunResult) -> list[tuple[str, str, str]]:
    """Each task with what stands and what comes out now."""
    stands = {task.task: f"{task.status} {float(task.points):g} ({task.code})" for task in run.tasks.all()}
    now = {task.id: f"{task.status} {task.points:g} ({task.code})" for task in result.tasks}
    return [(name, stands.get(name, "-"), now.get(name, "-")) for name in [*stands, *(now.keys() - stands.keys())]]


def _table(pairs: list[tuple[str, str, str]]) -> str:
    lines = [f"  {name:>6}  {then}" if then == now else f"! {name:>6}  {then}  now: {now}" for name, then, now in pairs]
    return "\n".join(lines)

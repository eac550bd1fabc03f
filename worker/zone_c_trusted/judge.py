"""Zone C: evidence and the package's hidden part in, verdicts out. A process in a sandbox of its own, without credentials.

Reads one JSON line on stdin (`Order`), the intake's and the probe's directories as GRADER_FD_INTAKE and GRADER_FD_PROBE<n>, the
package at /package and labels at /labels; says one JSON line as `verdicts.dump` writes it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assignments.package import load_assignment
from grader.checks import KINDS, flags, judge, near_miss
from grader.checks.values import Answer, Evidence, Missing, TaskSpec, TaskVerdict
from grader.submissions.report import Report
from worker.account import Account
from worker.account import load as load_account
from worker.zone_c_trusted import evidence, notes, verdicts
from worker.zone_c_trusted.models import models_of, predicted_of
from worker.zone_c_trusted.report import report_of

ROOT = os.environ.get("GRADER_ROOT", "")  # where an engine can't give a sandbox a root of its own


def main() -> None:
    order = json.loads(sys.stdin.readline())
    package = load_assignment(Path(ROOT + "/package"), order["course"])
    account = load_account(order["account"])
    specs = [task.spec for task in package.tasks]
    seen = _readable(order, account)
    found = judge(specs, seen, typed_only=order["typed_only"])
    ended = bool(package.dataset) and account.run.status in ("ok", "error")  # one that did not end is not run again
    ask = ended and account.fallback is None and _fallback_helps(specs, found)
    again = ended and not account.again and any(near_miss(task) for task in found)
    adapted = notes.notes_of(int(os.environ.get("GRADER_FD_INTAKE", "-1")), "main-")
    told = (*flags(specs, found, seen.models), *adapted)
    print(verdicts.dump(verdicts.Verdicts(found, ask, again, told, _reported(seen, found, re_split=bool(package.dataset)))))


def _reported(seen: Evidence, found: Sequence[TaskVerdict], *, re_split: bool) -> Report:
    """What the page shows of the judged models; none where making it fails, since no verdict may depend on it."""
    models = (*seen.models, *(model for run in seen.again for model in run))
    try:
        return report_of(models, found, _probes(), Path(ROOT + "/labels"), matrices=re_split)
    except (Exception, MemoryError):
        traceback.print_exc()
        return Report()


def _readable(order: dict[str, Any], account: Account) -> Evidence:
    """The evidence; where reading it fails in a way that nobody foresaw, none, and a person looks: it is not run again."""
    try:
        return _evidence(order, account)
    except (Exception, MemoryError) as problem:
        traceback.print_exc()
        lost = Missing("evidence", "missing.refused", {"reason": f"it could not be read: {type(problem).__name__}"}, model=True)
        answers = {task: answer_from(raw) for task, raw in order["answers"].items()}
        return Evidence(run=account.run, missing=(lost,), answers=answers)


def _fallback_helps(specs: Sequence[TaskSpec], found: Sequence[TaskVerdict]) -> bool:
    """Whether a task waits for a person for want of a model, and has a check that predictions alone decide."""
    return any(
        any(check.code == "model.not_taken" for check in verdict.checks)
        and any(KINDS[check.kind].takes_model and not KINDS[check.kind].structure for check in spec.checks)
        for spec, verdict in zip(specs, found, strict=True)
    )


def _evidence(order: dict[str, Any], account: Account) -> Evidence:
    intake = int(os.environ.get("GRADER_FD_INTAKE", "-1"))
    probes = _probes()
    labels = Path(ROOT + "/labels")
    values, missing, _ = evidence.values_of(intake, "main-")
    models, lost = models_of(intake, probes, labels) if probes else ((), ())
    again = tuple(models_of(intake, probes, labels, f"again{number}")[0] for number in range(1, len(account.again) + 1) if probes)
    refused = tuple(Missing(item["name"], item["reason"], model="-m" in item["name"]) for item in order["refused"])
    missing += lost + refused
    if account.fallback is not None:
        models += predicted_of(intake, labels, {item.name for item in missing if item.model})
    return Evidence(
        run=account.run,
        source=evidence.source_of(tuple(order["cells"])),
        models=models,
        again=again,
        values=values,
        missing=missing,
        reruns={name: evidence.rerun_of(intake, number, name, facts) for number, (name, facts) in enumerate(account.reruns)},
        answers={task: answer_from(raw) for task, raw in order["answers"].items()},
    )


def _probes() -> list[int]:
    """Zone B's directories."""
    return [int(number) for name, number in sorted(os.environ.items()) if name.startswith("GRADER_FD_PROBE")]


def answer_from(raw: dict[str, Any]) -> Answer:
    return Answer(raw["text"], tuple(raw["items"]), tuple((left, right) for left, right in raw["pairs"]))


if __name__ == "__main__":
    main()

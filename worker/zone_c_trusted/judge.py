"""Zone C: evidence and the package's hidden part in, verdicts out. A process in a sandbox of its own, without credentials.

Reads one JSON line on stdin (`Order`), the intake's and the probe's directories as GRADER_FD_INTAKE and GRADER_FD_PROBE<n>, the
package at /package and labels at /labels; says one JSON line: `{"tasks": [...]}` as `verdicts.dump` writes it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from assignments.package import load_assignment
from grader.checks import judge
from grader.checks.values import Answer, Evidence, Missing, RunFacts
from worker.zone_c_trusted import evidence, verdicts


def main() -> None:
    order = json.loads(sys.stdin.readline())
    package = load_assignment(Path("/package"), order["course"])
    found = judge([task.spec for task in package.tasks], _evidence(order), typed_only=order["typed_only"])
    print(json.dumps({"tasks": [verdicts.dump(task) for task in found]}))


def _evidence(order: dict[str, Any]) -> Evidence:
    intake = int(os.environ.get("GRADER_FD_INTAKE", "-1"))
    probes = [int(number) for name, number in sorted(os.environ.items()) if name.startswith("GRADER_FD_PROBE")]
    values, missing, _ = evidence.values_of(intake, "main-")
    models, lost = evidence.models_of(intake, probes, Path("/labels")) if probes else ((), ())
    refused = tuple(Missing(item["name"], item["reason"]) for item in order["refused"])
    return Evidence(
        run=facts_from(order["run"]),
        source=evidence.source_of(tuple(order["cells"])),
        models=models,
        values=values,
        missing=missing + lost + refused,
        reruns={
            item["name"]: evidence.rerun_of(intake, number, item["name"], facts_from(item["facts"]))
            for number, item in enumerate(order["reruns"])
        },
        answers={task: answer_from(raw) for task, raw in order["answers"].items()},
    )


def facts_from(raw: dict[str, Any]) -> RunFacts:
    return RunFacts(raw["status"], raw["cell"], raw["code"], raw["values"])


def answer_from(raw: dict[str, Any]) -> Answer:
    return Answer(raw["text"], tuple(raw["items"]), tuple((left, right) for left, right in raw["pairs"]))


if __name__ == "__main__":
    main()

"""The same verdict warm, cold and without any sandbox: every golden notebook through the whole pipeline on each engine.

    ./dev golden --engines [--only TEXT] [--ci] [--write-docs]

With `--ci` only the tenth that CI grades, the references and the starters: all of them take hours.

A sandbox must change nothing of what an honest notebook earns. Training is chance, so a line that seeds it goes before the first
cell; then *everything* a verdict says must be the same to the last digit: status, points, codes and values, the sentence's numbers
included, and the run's end. Nothing is masked. The evidence's digest is compared too. As root, for the third engine.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from assignments.package import load_assignment, read_answers
from grader.submissions.values import RunOrder, RunResult
from tests.golden.test_golden import CASES, COURSE, ROOT, SECRET, expected
from tests.worker.engines.open_engine import OpenEngine
from worker import pipeline
from worker.config import WorkerConfig
from worker.engines.base import Runtime, SandboxEngine
from worker.engines.bubblewrap import BubblewrapEngine
from worker.engines.warm import WarmEngine, wait_until_warm
from worker.slots import take

DOCS = ROOT / "docs" / "reference" / "same-verdicts.md"
SEEDS = {
    "tensorflow": "import keras as _k; _k.utils.set_random_seed(13); del _k",
    "torch": "import torch as _t; _t.manual_seed(13); del _t",
}


@dataclass(frozen=True)
class Case:
    """A notebook with its answers. `reference.ipynb` and `starter.ipynb` of a package are cases as well."""

    name: str
    assignment: str
    notebook: Path
    answers: Path


def cases(*, everything: bool = True) -> list[Case]:
    chosen = [case for case in CASES if everything or expected(case).get("ci")]
    found = [Case(c.name, expected(c)["assignment"], c / "notebook.ipynb", c / "answers.json") for c in chosen]
    for slug in ("13", "15"):
        for kind in ("reference", "starter"):
            folder = COURSE / slug
            found.append(Case(f"{slug}_{kind}", f"dl2/{slug}", folder / f"{kind}.ipynb", folder / f"{kind}.answers.json"))
    return found


def warm(*runtimes: Runtime) -> SandboxEngine:
    """Warm for these, or for every runtime."""
    engine = WarmEngine(threads=1)
    engine.warm_up(runtimes or engine.zygotes)
    for runtime in runtimes or engine.zygotes:
        wait_until_warm(engine, runtime)
    return engine


ENGINES: dict[str, Callable[[], SandboxEngine]] = {"warm": warm, "bubblewrap": BubblewrapEngine, "unsandboxed": OpenEngine}


@contextmanager
def judged_by(engine: SandboxEngine) -> Iterator[None]:
    """The pipeline with this engine, where its settings would have chosen one."""
    chosen = pipeline.engine_for
    pipeline.engine_for = lambda _config: engine
    try:
        yield
    finally:
        pipeline.engine_for = chosen


def seeded(raw: bytes) -> bytes:
    """The notebook with a seed in its first code cell, for each framework that its code names. What is no notebook stays."""
    try:
        notebook = json.loads(raw)
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]  # the latter in format 3
        first = next(cell for cell in cells if cell["cell_type"] == "code")
    except (ValueError, KeyError, StopIteration, TypeError):
        return raw
    text = "\n".join("".join(cell.get("source", cell.get("input", ""))) for cell in cells)
    names = {"tensorflow": "keras" in text or "tensorflow" in text, "torch": "torch" in text}
    lines = ["import random, numpy; random.seed(13); numpy.random.seed(13); del random, numpy"]
    lines += [SEEDS[name] for name, there in names.items() if there]
    source = "source" if "source" in first else "input"
    first[source] = "\n".join([*lines, "".join(first[source])])
    return json.dumps(notebook).encode()


def grade(case: Case, engine: SandboxEngine, home: Path) -> RunResult:
    folder = ROOT / "assignments" / "courses" / case.assignment
    package = load_assignment(folder, folder.parent.name)
    raw = json.loads(case.answers.read_text()) if case.answers.exists() else {}
    original = case.notebook.read_bytes()
    seed = hmac.new(SECRET.encode(), hashlib.sha256(original).digest(), hashlib.sha256).digest()
    order = RunOrder(package.root, seeded(original), read_answers(package, raw), seed, purpose="dry_run")
    with take("cpu", WorkerConfig(home=home, cpu_slots=2)) as slot, judged_by(engine):
        return pipeline.grade(order, slot=slot)


def verdict(result: RunResult) -> dict[str, Any]:
    """All that a verdict says, flat: what is compared."""
    said: dict[str, Any] = {
        "status": result.status,
        "score": result.score,
        "run": (result.run.status, result.run.cell, result.run.code, dict(result.run.values)),
    }
    for task in result.tasks:
        for field in fields(task):
            said[f"{task.id} {field.name}"] = getattr(task, field.name)
    return said


def differences(results: dict[str, RunResult]) -> list[str]:
    """What is not the same everywhere, in words; empty where all is."""
    first, *others = ((name, verdict(result)) for name, result in results.items())
    return [
        f"{key}: {first[0]} {first[1].get(key)!r}, {name} {said.get(key)!r}"
        for name, said in others
        for key in sorted({*first[1], *said})
        if first[1].get(key) != said.get(key)
    ]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev golden --engines", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--ci", action="store_true", help="of the golden notebooks only the tenth that CI grades")
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCS.relative_to(ROOT)}")
    options = parser.parse_args(argv)
    engines = {name: make() for name, make in ENGINES.items()}
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as home:
        for case in [case for case in cases(everything=not options.ci) if options.only in case.name]:
            took: dict[str, float] = {}
            results: dict[str, RunResult] = {}
            for name, engine in engines.items():
                began = time.monotonic()
                results[name] = grade(case, engine, Path(home))
                took[name] = time.monotonic() - began
            found = differences(results)
            wrong += bool(found)
            rows.append(row(case, results, took, found))
            print(rows[-1], flush=True)
            for line in found:
                print(f"    {line}", flush=True)
    for engine in engines.values():
        engine.close()
    same = f"{len(rows) - wrong} of {len(rows)} notebooks: the same verdict on {', '.join(engines)}."
    print(same)
    if options.write_docs:
        DOCS.write_text(page(rows, same, list(engines)), "utf-8")
    return int(bool(wrong))


def row(case: Case, results: dict[str, RunResult], took: dict[str, float], found: list[str]) -> str:
    first = next(iter(results.values()))
    tasks = ", ".join(f"{task.id} {task.status} {task.points:g}" for task in first.tasks)
    digests = {result.receipt.evidence_digest for result in results.values()}
    evidence = "the same" if len(digests) == 1 else f"{len(digests)} different"
    seconds = " | ".join(f"{took[name]:.1f}" for name in results)
    judged = "same" if not found else f"**{len(found)} differences**"
    return f"| {case.name} | {first.score:g} of {first.max_score:g}: {tasks} | {judged} | {evidence} | {seconds} |"


def page(rows: list[str], same: str, engines: list[str]) -> str:
    heads = " | ".join(f"{name}, s" for name in engines)
    return "\n".join(
        [
            "# The same verdict on every engine",
            "",
            "Made by `./dev golden --engines --write-docs`. Each notebook of this table goes through the whole",
            "pipeline warm, cold and without any sandbox (an engine of the tests, which no setting can choose). Training is seeded, and",
            "then everything that a verdict says must be the same: status, points, codes and all values to the last digit.",
            "",
            same,
            "",
            f"{platform.machine()}, {os.cpu_count()} processors, one notebook at a time. Seconds are of the whole run, once each, on a",
            "machine that others used too: they show that nothing hangs, and are no measure of overhead (docs/performance.md is).",
            "",
            f"| notebook | verdict | verdicts | evidence | {heads} |",
            "|---|---|---|---|" + "---|" * len(engines),
            *rows,
            "",
        ]
    )

"""The whole pipeline for a few cells, and what a student would read of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assignments.package import load_assignment
from grader.catalogue import render
from grader.submissions.values import RunOrder, RunResult
from tests.worker.makers import CLOTHES, SUMS, a_notebook
from worker import pipeline
from worker.engines import engine_for
from worker.engines.warm import WarmEngine, wait_until_warm
from worker.slots import Slot

__all__ = ["CLOTHES", "KERAS", "PLAIN", "SUMS", "Graded", "graded_in", "notes", "printed", "said"]

KERAS = Path(__file__).with_name("clothes_keras")
PLAIN = Path(__file__).with_name("plain")

Graded = Callable[..., RunResult]


def graded_in(slot: Slot) -> Graded:
    """What grades cells, or the bytes of a notebook, in one slot; on the warm engine never before it is warm."""

    def graded(*cells: str, package: Path = PLAIN, raw: bytes | None = None) -> RunResult:
        assert slot.config is not None
        engine = engine_for(slot.config)
        if isinstance(engine, WarmEngine):
            runtime = load_assignment(package, "").runtime
            engine.warm_up([runtime])
            wait_until_warm(engine, runtime)
        order = RunOrder(package, raw if raw is not None else a_notebook(*cells), {}, b"s" * 32)
        return pipeline.grade(order, slot=slot)

    return graded


def printed(result: RunResult) -> str:
    """What the executed notebook shows: streams, results and errors."""
    executed = next(item.content for item in result.artefacts if item.name == "executed.ipynb")
    shown: list[str] = []
    for cell in json.loads(executed)["cells"]:
        for output in cell.get("outputs", []):
            data: dict[str, Any] = output.get("data", {})
            shown.append(output.get("text") or data.get("text/plain") or f"{output.get('ename')}: {output.get('evalue')}")
    return "".join(shown)


def notes(result: RunResult, lang: str = "en") -> list[str]:
    """The lines of the result page on what was adapted."""
    return [render(code, values, lang) for code, values in result.notes]


def said(result: RunResult, package: Path = PLAIN, lang: str = "en") -> str:
    """The sentence on how the run ended."""
    return render(result.run.code, result.run.values, lang, explained=load_assignment(package, "").explained)

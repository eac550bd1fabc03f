"""Grades one attack through the whole pipeline, with an honest neighbour beside it, and says what did not hold.

The neighbour is another process of the pool: it shares the zygotes and has a slot of its own. It must earn everything and leave
the very same evidence each time. Attack and neighbour change places each time, so that the next neighbour
sits where the last attack was.
"""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from grader.catalogue import render
from grader.checks.values import Answer
from grader.submissions import executed
from grader.submissions.report import NOTHING
from grader.submissions.values import ProgressReport, RunOrder, RunResult
from local.setup import dataset
from tests.attacks import host
from tests.attacks.attack import PACKAGES, Attack
from worker import pipeline, stages
from worker.config import WorkerConfig
from worker.engines import engine_for
from worker.engines.base import Runtime
from worker.engines.warm import WarmEngine, wait_until_warm
from worker.slots import Slot, take

EngineName = Literal["warm", "bubblewrap"]
ANSWERS = {"1.1": Answer("4"), "1.2": Answer("4")}
HONEST = ("import numpy as np\na = np.array([[1, 2], [3, 4]])\nb = np.array([[1, 1], [4, 5]])", "result = (a + b).sum()")
NEIGHBOUR_S = 60.0
PROBE_S = 60.0  # for zone B, so that what computes for ever is ended sooner than by the service's own limit
FIRST_UID = 55_000  # far from where other tests and services begin
ALL: tuple[Runtime, ...] = ("plain", "tensorflow")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,24}m")  # the one control sequence that live output may hold
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Result:
    """What came of one attack: `complaints` are empty where it held."""

    attack: Attack
    engine: str
    level: str
    ms: int
    ended: str
    complaints: tuple[str, ...]

    @property
    def held(self) -> bool:
        return not self.complaints


def notebook(cells: tuple[str, ...]) -> bytes:
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}).encode()


class Arena:
    """An engine, two slots, a neighbour and the bystanders. Made by `arena`."""

    def __init__(self, folder: Path, name: EngineName, runtimes: tuple[Runtime, ...]) -> None:
        images = dataset.find()
        assert images is not None, "Fashion-MNIST is missing: ./dev up gets it"
        self.config = WorkerConfig(home=folder / "home", engine=name, cpu_slots=2, uid_base=FIRST_UID, fashion_mnist=images)
        self.engine = engine_for(self.config)
        self.life = ExitStack()
        self.slots = [self.life.enter_context(take("cpu", self.config)) for _ in range(2)]
        self.turn = 0
        if isinstance(self.engine, WarmEngine):
            self.engine.warm_up(runtimes)
            for runtime in runtimes:
                wait_until_warm(self.engine, runtime)
        self.neighbour = Neighbour(self.slots)
        self.bystanders = host.Bystanders(folder, [slot.student_uid for slot in self.slots])
        self.evidence = self.neighbour.graded(self.slots[1]).receipt.evidence_digest
        pipeline.grade(_honest_order(), slot=self.slots[0])  # what is opened once and stays is open before we count
        self.leftovers = host.Leftovers(self.bystanders, [os.getpid(), self.neighbour.pid], self.zygotes)

    def close(self) -> None:
        self.bystanders.close()
        self.neighbour.close()
        self.life.close()
        self.engine.close()
        engine_for.cache_clear()

    def zygotes(self) -> list[int]:
        return [one.pid() for one in self.engine.zygotes.values()] if isinstance(self.engine, WarmEngine) else []

    def try_(self, attack: Attack) -> Result:
        """Grade it, and look at everything."""
        self.turn += 1
        slot, other = self.slots[self.turn % 2], self.slots[(self.turn + 1) % 2]
        order = self.order(attack)
        self.neighbour.ask(other)
        reports: list[ProgressReport] = []
        began = time.monotonic()
        try:
            result = pipeline.grade(order, slot=slot, on_progress=reports.append)
        except Exception as problem:
            ended, complaints = "raised", [f"it became our trouble: {type(problem).__name__}: {str(problem)[-300:]}"]
        else:
            ended = result.run.code
            complaints = [*wrong_with(attack, result), *unclean(result, reports)]
        took = time.monotonic() - began
        if took > attack.within_s:
            complaints.append(f"it took {took:.1f} s of {attack.within_s:.0f}")
        complaints += self.beside()
        return Result(attack, self.config.engine, self.engine.level, round(1000 * took), ended, tuple(complaints))

    def order(self, attack: Attack) -> RunOrder:
        words = {**self.bystanders.words}
        cells = attack.cells
        for word, meant in words.items():
            cells = tuple(cell.replace(f"@{word}@", meant) for cell in cells)
        raw = attack.raw if attack.raw is not None else notebook(cells)
        return RunOrder(PACKAGES[attack.package], raw, ANSWERS, b"s" * 32)

    def beside(self) -> list[str]:
        """What is wrong with everybody and everything else."""
        try:
            other = self.neighbour.answer()
        except Exception as problem:
            found = [f"the neighbour's run failed: {type(problem).__name__}: {problem}"]
        else:
            found = [] if other.score == other.max_score else [f"the neighbour earned {other.score} ({other.run})"]
            if other.receipt.evidence_digest != self.evidence:
                found.append("the neighbour's evidence is another than before")
        return found + self.bystanders.touched() + self.leftovers.complaints()


def wrong_with(attack: Attack, result: RunResult) -> Iterator[str]:
    """How the verdict differs from what must hold."""
    if result.run.code not in attack.ends:
        yield f"the run ended with {result.run.code} {dict(result.run.values)}, not {' or '.join(attack.ends)}"
    if result.status == "not_judged":
        yield "it was not judged"
    low, high = attack.score
    if not low <= result.score <= high:
        yield f"it earned {result.score:g}, not {low:g} to {high:g}"
    kept = {item.name: item.content for item in result.artefacts}
    if "evidence.zip" in kept:
        names = zipfile.ZipFile(BytesIO(kept["evidence.zip"])).namelist()
        yield from (f"{name} was taken" for name in attack.untaken if name in names)
    if "notebook.json" in kept:
        yield from _shown_wrongly(kept["notebook.json"])
    seen = repr((result.run, result.tasks)) + kept.get("executed.ipynb", b"").decode("utf-8", "replace")
    yield from (f"a student reads {text!r}" for text in attack.unsaid if text in seen)


def _shown_wrongly(content: bytes) -> Iterator[str]:
    """A page is made of this: it must be readable, small, and each picture one that we drew."""
    try:
        cells = executed.load(content).cells
    except executed.NotShown as problem:
        yield f"the page of the notebook can't be read: {problem}"
        return
    pictures = [output.data for cell in cells for output in cell.outputs if output.kind == "image"]
    if len(content) > 6 << 20 or sum(map(len, pictures)) > 5 << 20:
        yield "the page of the notebook is too large"
    sizes = [Image.open(BytesIO(base64.b64decode(data))).size for data in pictures]
    if any(width > 1200 or height > 4800 for width, height in sizes):
        yield "a picture was not drawn anew"


def unclean(result: RunResult, reports: list[ProgressReport]) -> Iterator[str]:
    """What crossed must be short plain text and numbers, whatever it says."""
    measured = json.dumps(asdict(result.report), ensure_ascii=False, allow_nan=False)
    whole = json.dumps(asdict(replace(result, artefacts=(), report=NOTHING)), ensure_ascii=False, allow_nan=False, default=str)
    heard = [part for report in reports for part in (report.output_head, report.output_tail)]
    read = list(sentences(result))
    if any(_CONTROL.search(text) for text in (whole, measured, *read, *(_COLOUR.sub("", part) for part in heard))):
        yield "a control character crossed"
    if len(whole) > 40_000 or len(measured) > 150_000 or any(len(text) > 4000 for text in (*heard, *read)):
        yield "a long text crossed"


def sentences(result: RunResult) -> Iterator[str]:
    """What a student reads of it, in both languages."""
    said = [(result.run.code, result.run.values)]
    said += [(check.code, check.values) for task in result.tasks for check in task.checks]
    yield from (render(code, values, language) for code, values in said for language in ("ru", "en"))


class Neighbour:
    """Another process of the pool, which grades an honest notebook when asked."""

    def __init__(self, slots: list[Slot]) -> None:
        ours, theirs = multiprocessing.Pipe()
        self.pipe: Connection = ours
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=_honest, args=(theirs, ours, slots), daemon=True)
        self.process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        return self.process.pid or 0

    def graded(self, slot: Slot) -> RunResult:
        self.ask(slot)
        return self.answer()

    def ask(self, slot: Slot) -> None:
        self.pipe.send(slot.number)

    def answer(self) -> RunResult:
        if not self.pipe.poll(NEIGHBOUR_S):
            raise TimeoutError("it takes too long")
        result: RunResult | Exception = self.pipe.recv()
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        self.pipe.close()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _honest_order() -> RunOrder:
    return RunOrder(PACKAGES["light"], notebook(HONEST), ANSWERS, b"s" * 32)


def _honest(pipe: Any, other_end: Any, slots: list[Slot]) -> None:
    other_end.close()
    while True:
        try:
            slot = slots[pipe.recv()]
        except EOFError:
            os._exit(0)
        try:
            result: RunResult | Exception = pipeline.grade(_honest_order(), slot=slot)
        except Exception as problem:
            result = RuntimeError(f"{type(problem).__name__}: {problem}")
        pipe.send(result)


@contextmanager
def arena(name: EngineName, runtimes: tuple[Runtime, ...] = ALL) -> Iterator[Arena]:
    """Everything that an attack is tried in; nothing of it is left afterwards. `runtimes` are those kept warm."""
    folder = Path(tempfile.mkdtemp(prefix="atk-", dir="/tmp"))  # short: sockets lie below
    folder.chmod(0o711)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    limit, stages.PROBE_S = stages.PROBE_S, PROBE_S
    os.environ[host.SECRET_NAME] = host.SECRET
    made = None
    try:
        made = Arena(folder, name, runtimes)
        yield made
    finally:
        if made is not None:
            made.close()
        os.environ.pop(host.SECRET_NAME, None)
        tempfile.tempdir, stages.PROBE_S = before, limit
        shutil.rmtree(folder, ignore_errors=True)

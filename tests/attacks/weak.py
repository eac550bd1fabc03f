"""The same service with one defence taken away, each as a context to work in. For the tests of this suite alone.

Names are those in a case's `falls_with`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from grader.checks.values import TaskStatus, TaskVerdict
from tests.attacks.host import SECRET, SECRET_NAME
from worker.engines import seccomp, zygotes
from worker.engines.base import Bind, Sandbox, SandboxSpec
from worker.engines.bubblewrap import BubblewrapEngine
from worker.stages import Stages

INTAKE = Path(__file__).resolve().parents[2] / "worker/zone_c_trusted/intake.py"


@contextmanager
def no_filter() -> Iterator[None]:
    """No system call is refused."""
    with patch.object(seccomp, "supported", lambda: False):
        yield


def _shares(switch: str) -> Callable[[], Any]:
    """bubblewrap without one of its switches."""

    @contextmanager
    def without() -> Iterator[None]:
        whole = BubblewrapEngine._namespaces
        found = [switch in whole(engine, spec) for engine, spec in [(BubblewrapEngine(), SandboxSpec("judge", (), 1))]]
        assert found == [True], f"bubblewrap is not given {switch} any more: this weakening takes nothing away"

        def fewer(engine: BubblewrapEngine, spec: SandboxSpec) -> Iterator[str]:
            return (word for word in whole(engine, spec) if word != switch)

        with patch.object(BubblewrapEngine, "_namespaces", fewer):
            yield

    return without


@contextmanager
def intake_follows_links() -> Iterator[None]:
    """Intake opens as anybody would: by name, through links, whatever it is."""
    text = INTAKE.read_text("utf-8")
    for strict, loose in {
        "_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08": "_RESOLVE = 0",
        "os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW |": "os.O_RDONLY | os.O_NONBLOCK |",
        "or facts.st_nlink != 1": "",
    }.items():
        assert strict in text, f"{INTAKE.name} says {strict!r} no more: this weakening takes nothing away"
        text = text.replace(strict, loose)
    start = BubblewrapEngine.start
    with ExitStack() as life:
        file = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="weak-", dir="/tmp"))) / "intake.py"
        file.write_text(text)
        file.parent.chmod(0o755)

        def started(engine: BubblewrapEngine, spec: SandboxSpec) -> Sandbox:
            binds = tuple(Bind(file, bind.inside) if bind.inside == "/kit/intake.py" else bind for bind in spec.binds)
            return start(engine, replace(spec, binds=binds))

        life.enter_context(patch.object(BubblewrapEngine, "start", started))
        yield


def _believing(earned: Callable[..., bool]) -> Callable[[], Any]:
    """A judge who gives all points where something of zone A says so."""

    @contextmanager
    def believed() -> Iterator[None]:
        judge = Stages.judge

        def kind(stages: Stages, *given: Any) -> tuple[TaskVerdict, ...]:
            tasks = judge(stages, *given)
            if not earned(*given):
                return tasks
            return tuple(replace(task, points=task.max_points, status=TaskStatus.PASSED) for task in tasks)

        with patch.object(Stages, "judge", kind):
            yield

    return believed


def _went_well(_cells: Any, main: Any, *_: Any) -> bool:
    return main is not None and main.facts.status == "ok"


def _says_so(_cells: Any, _main: Any, _extra: Any, intake: Any, *_: Any) -> bool:
    """Whether the notebook's own run wrote down the number that the task asks for."""
    try:
        with os.fdopen(os.open("main-values.json", os.O_RDONLY, dir_fd=intake.out_fd)) as file:
            records = json.load(file)["records"]
        return any(record["name"] == "result" and record["data"] == [21] for record in records)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


@contextmanager
def zygote_inherits() -> Iterator[None]:
    """The zygotes are started as any child would be: with the worker's whole environment."""
    with patch.dict(zygotes._ENVIRONMENT, {**os.environ, SECRET_NAME: SECRET}):
        yield


WEAKENINGS: dict[str, Callable[[], Any]] = {
    "no system-call filter": no_filter,
    "no network namespace": _shares("--unshare-net"),
    "no process namespace": _shares("--unshare-pid"),
    "intake follows links": intake_follows_links,
    "cell status believed": _believing(_went_well),
    "typed values believed": _believing(_says_so),
    "zygote inherits the environment": zygote_inherits,
}

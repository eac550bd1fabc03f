"""The same service with one defence taken away, each as a context to work in. For the tests of this suite alone.

Names are those in a case's `falls_with`. Each says on which engines it can be taken away.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from grader.checks.values import TaskStatus
from grader.submissions.values import RunResult
from tests.attacks.arena import EngineName
from tests.attacks.attack import Attack, all_attacks
from tests.attacks.host import SECRET, SECRET_NAME
from worker import pipeline
from worker.engines import seccomp, zygotes
from worker.engines.base import Bind, Sandbox, SandboxEngine, SandboxSpec
from worker.engines.bubblewrap import BubblewrapEngine
from worker.engines.warm import WarmEngine

ROOT = Path(__file__).resolve().parents[2]
FALL, STAND = 2, 2
Weakened = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Weakening:
    """`as_root`: engines on which a plain user's sandbox does not start without this defence."""

    take_away: Weakened
    engines: tuple[EngineName, ...] = ("warm", "bubblewrap")
    as_root: tuple[EngineName, ...] = ()


@contextmanager
def no_filter() -> Iterator[None]:
    """No system call is refused."""
    with patch.object(seccomp, "supported", lambda: False):
        yield


def _shares(switch: str, flag: str) -> Weakened:
    """A sandbox in the host's own namespace of one kind: without one of bubblewrap's switches, or of the zygote's flags."""

    @contextmanager
    def without() -> Iterator[None]:
        whole = BubblewrapEngine._namespaces
        assert switch in whole(BubblewrapEngine(), SandboxSpec("judge", (), 1)), (
            f"{switch} is given no more: nothing to take away"
        )

        def fewer(engine: BubblewrapEngine, spec: SandboxSpec) -> Iterator[str]:
            return (word for word in whole(engine, spec) if word != switch)

        with _changed("worker/engines/namespaces.py", {f"| {flag} ": ""}) as root, ExitStack() as life:
            life.enter_context(patch.object(BubblewrapEngine, "_namespaces", fewer))
            life.enter_context(patch.object(zygotes, "CODE_ROOT", root))
            yield

    return without


@contextmanager
def _changed(name: str, words: dict[str, str]) -> Iterator[Path]:
    """A copy of the worker in which one file says something else."""
    with tempfile.TemporaryDirectory(prefix="weak-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        shutil.copytree(ROOT / "worker", Path(folder) / "worker", ignore=shutil.ignore_patterns("__pycache__", "*.bin"))
        file = Path(folder) / name
        text = file.read_text("utf-8")
        for strict, loose in words.items():
            assert strict in text, f"{name} says {strict!r} no more: this weakening takes nothing away"
            text = text.replace(strict, loose)
        file.write_text(text)
        yield Path(folder)


LOOSE = {
    "_RESOLVE = 0x01 | 0x02 | 0x04 | 0x08": "_RESOLVE = 0",
    "os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW |": "os.O_RDONLY | os.O_NONBLOCK |",
    "or facts.st_nlink != 1": "",
}


@contextmanager
def intake_follows_links() -> Iterator[None]:
    """Intake opens as anybody would: by name, through links, whatever it is."""
    with _changed("worker/zone_c_trusted/intake.py", LOOSE) as root, ExitStack() as life:
        for kind in (BubblewrapEngine, WarmEngine):
            life.enter_context(patch.object(kind, "start", _with_intake(kind.start, root / "worker/zone_c_trusted/intake.py")))
        yield


def _with_intake(start: Callable[[Any, SandboxSpec], Sandbox], file: Path) -> Callable[[SandboxEngine, SandboxSpec], Sandbox]:
    def started(engine: SandboxEngine, spec: SandboxSpec) -> Sandbox:
        binds = tuple(Bind(file, bind.inside) if bind.inside == "/kit/intake.py" else bind for bind in spec.binds)
        return start(engine, replace(spec, binds=binds))

    return started


def _believing(earned: Callable[[RunResult], bool]) -> Weakened:
    """A service that gives all points where something of zone A says so."""

    @contextmanager
    def believed() -> Iterator[None]:
        scored = pipeline.scored

        def kind(result: RunResult) -> RunResult:
            if earned(result):
                tasks = (replace(task, points=task.max_points, status=TaskStatus.PASSED) for task in result.tasks)
                result = replace(result, tasks=tuple(tasks))
            return scored(result)

        with patch.object(pipeline, "scored", kind):
            yield

    return believed


def _went_well(result: RunResult) -> bool:
    return result.run.status == "ok"


def _says_so(result: RunResult) -> bool:
    """Whether the notebook's own run wrote down the number that the task asks for."""
    kept = {item.name: item.content for item in result.artefacts}
    try:
        with zipfile.ZipFile(BytesIO(kept["evidence.zip"])) as archive:
            records = json.loads(archive.read("main-values.json"))["records"]
        return any(record["name"] == "result" and record["data"] == [21] for record in records)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


@contextmanager
def zygote_inherits() -> Iterator[None]:
    """The zygotes are started as any child would be: with the worker's whole environment."""
    with patch.dict(zygotes._ENVIRONMENT, {**os.environ, SECRET_NAME: SECRET}):
        yield


WEAKENINGS: dict[str, Weakening] = {
    "no system-call filter": Weakening(no_filter),
    # a warm sandbox brings its loopback up, and the host's own is root's
    "no network namespace": Weakening(_shares("--unshare-net", "_CLONE_NEWNET"), as_root=("warm",)),
    "no process namespace": Weakening(_shares("--unshare-pid", "_CLONE_NEWPID"), ("bubblewrap",)),  # a warm one dies by its own
    "intake follows links": Weakening(intake_follows_links, ("warm",)),
    "cell status believed": Weakening(_believing(_went_well), ("warm",)),
    "typed values believed": Weakening(_believing(_says_so), ("warm",)),
    "zygote inherits the environment": Weakening(zygote_inherits, ("warm",)),
}


def to_try(weakening: str) -> tuple[list[Attack], list[Attack]]:
    """Some attacks that should succeed without this defence, and some that should not; none with images or models."""
    light = [attack for attack in all_attacks() if attack.package in ("light", "sums")]
    falls = [attack for attack in light if weakening in attack.falls_with]
    stands = [attack for attack in light if weakening not in attack.falls_with and attack.quick and attack.ends == ("run.ok",)]
    return falls[:FALL], stands[:STAND]

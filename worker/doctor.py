"""What this machine can do for a worker: each thing tried, not guessed, with what to do where it is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from worker.config import WorkerConfig
from worker.engines import cgroups, engine_for, levels, seccomp
from worker.engines.base import EngineError, SandboxSpec


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `vital`: without it nothing can be graded."""

    name: str
    good: bool
    sentence: str
    vital: bool = False


def findings(config: WorkerConfig) -> Iterator[Finding]:
    """Look at everything, in the order in which a run needs it."""
    yield _sandbox(config)
    yield _level(config)
    yield Finding(
        "system calls",
        seccomp.supported(),
        "filtered" if seccomp.supported() else "not filtered: the filter knows x86-64 only",
    )
    yield _control_group()
    yield _data(config)
    yield _gpus(config)


def _sandbox(config: WorkerConfig) -> Finding:
    began = time.monotonic()
    try:
        engine = engine_for(replace(config, engine="bubblewrap"))
        spec = SandboxSpec("judge", ("/venv/bin/python", "-I", "-c", "print('alive')"), config.uid_base)
        with engine.start(spec) as sandbox:
            assert sandbox.process.stdout is not None
            said = sandbox.process.stdout.read()
    except EngineError as problem:
        return Finding("sandbox", False, f"nothing can be graded: {problem}", vital=True)
    taken = 1000 * (time.monotonic() - began)
    if said != b"alive\n":
        return Finding("sandbox", False, "it started and did not answer", vital=True)
    return Finding("sandbox", True, f"{engine.name}, level {engine.level}, a start takes {taken:.0f} ms", vital=True)


def _level(config: WorkerConfig) -> Finding:
    """The level, and what exactly the better one wants."""
    found = levels.probe(config)
    better = {"full": "", "rootless": "full", "landlock": "rootless or full", "none": "any"}[found.level]
    return Finding("level", found.level == "full", found.level + (f". For {better}: {found.missing}" if better else ": the best"))


def _control_group() -> Finding:
    group = cgroups.make(memory_mb=64, threads=16)
    if group is None:
        return Finding("control groups", False, "none may be made here: rlimits and the watcher hold memory and processes alone")
    version = 1 if len(group.folders) > 1 else 2
    group.remove()
    return Finding("control groups", True, f"version {version}, one for each sandbox")


def _data(config: WorkerConfig) -> Finding:
    here = (config.fashion_mnist / "train-images-idx3-ubyte.gz").exists()
    advice = "as root: apt-get install dataset-fashion-mnist; else ./dev up fetches it, or GRADER_FASHION_MNIST names it"
    return Finding("Fashion-MNIST", here, str(config.fashion_mnist) if here else f"not in {config.fashion_mnist}: {advice}")


def _gpus(config: WorkerConfig) -> Finding:
    if not config.gpus:
        return Finding("GPUs", True, "none named (GRADER_GPUS); prefer-gpu work runs on a CPU")
    missing = [gpu for gpu in config.gpus if not Path(f"/dev/nvidia{gpu}").exists()]
    if missing:
        return Finding("GPUs", False, f"/dev/nvidia{missing[0]} is not here; ./dev gpu-check tries each")
    return Finding("GPUs", True, f"{', '.join(config.gpus)}; ./dev gpu-check computes on each")

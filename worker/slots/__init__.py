"""Places to grade in: a CPU slot is one processor (or its share), a GPU slot one device.

A slot is held by a lock on a file in GRADER_HOME/slots, so it is freed whatever happens to its holder, and the Celery
workers and `manage.py grade` on one machine share the same places. Each has uids of its own for its sandboxes, which no other
slot of the machine has.
Start with `take`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from worker.config import WorkerConfig, from_settings

Kind = Literal["cpu", "gpu"]
_UIDS_A_SLOT = 10
_BLOCKS = 400
_LOCKS = "/run/lock" if os.path.isdir("/run/lock") else "/run"
_WAIT_S = 0.2


class NoSlot(Exception):
    """This machine has no place of that kind, or none became free in time."""


@dataclass(frozen=True)
class Slot:
    """One place. `device` is what CUDA_VISIBLE_DEVICES shall say (empty on a CPU slot), `devices` its device files."""

    kind: Kind
    number: int
    uid_base: int
    cpus: tuple[int, ...]
    device: str = ""
    devices: tuple[str, ...] = ()
    config: WorkerConfig | None = None

    @property
    def folder(self) -> Path:
        """The slot's own folder, empty when it is taken: what a killed holder left goes with the next one's coming."""
        assert self.config is not None
        return self.config.home / "slots" / f"{self.kind}-{self.number}.work"

    @property
    def student_uid(self) -> int:
        return self.uid_base

    @property
    def driver_uid(self) -> int:
        return self.uid_base + 1

    @property
    def probe_uid(self) -> int:
        return self.uid_base + 2

    @property
    def judge_uid(self) -> int:
        return self.uid_base + 3


def all_slots(kind: Kind, config: WorkerConfig) -> list[Slot]:
    """The places of a kind on this machine; their uids are given when they are taken."""
    if kind == "cpu":
        return [Slot("cpu", n, config.uid_base, _share(n, config.cpu_slots), config=config) for n in range(config.cpu_slots)]
    cpus = tuple(sorted(os.sched_getaffinity(0)))
    return [
        Slot(
            "gpu",
            n,
            config.uid_base,
            cpus,
            device=gpu,
            devices=tuple(path for path in (f"/dev/nvidia{gpu}", *config.gpu_devices) if os.path.exists(path)),
            config=config,
        )
        for n, gpu in enumerate(config.gpus)
    ]


def _share(number: int, slots: int) -> tuple[int, ...]:
    """This slot's processors: an even share, at least one. Two trainings on the same core cost each 1.6 of its time."""
    cpus = sorted(os.sched_getaffinity(0))
    if slots >= len(cpus):
        return (cpus[number % len(cpus)],)
    return tuple(cpus[number::slots])


@contextmanager
def _uids(base: int) -> Iterator[int]:
    """The first of ten uids that no other slot of this machine has, whatever its home: limits on processes count by uid.

    Without root all sandboxes are the same user outside, and there is nothing to share out.
    """
    if os.geteuid() != 0:
        yield base
        return
    for first in range(base, base + _UIDS_A_SLOT * _BLOCKS, _UIDS_A_SLOT):
        file = os.open(f"{_LOCKS}/hwg-uids-{first}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        try:
            yield first
        finally:
            os.close(file)
        return
    raise NoSlot(f"{_BLOCKS} slots are taken on this machine: no uids are left for another")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


@contextmanager
def take(kind: Kind, config: WorkerConfig | None = None, wait_s: float = 3600.0) -> Iterator[Slot]:
    """Hold a free slot for the body's time.

    Raises:
        NoSlot: there is none of that kind here, or none was free within `wait_s` seconds.
    """
    config = config or from_settings()
    slots = all_slots(kind, config)
    if not slots:
        raise NoSlot(f"this machine has no {kind} slot (GRADER_GPUS names the GPUs)")
    folder = config.home / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait_s
    while True:
        for slot in slots:
            file = os.open(folder / f"{kind}-{slot.number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                continue
            try:
                _empty(slot.folder)
                with _uids(config.uid_base) as first:
                    yield replace(slot, uid_base=first)
            finally:
                shutil.rmtree(slot.folder, ignore_errors=True)
                os.close(file)
            return
        if time.monotonic() > until:
            raise NoSlot(f"no {kind} slot became free within {wait_s:.0f} s")
        time.sleep(_WAIT_S)

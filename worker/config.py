"""The worker's own settings, read once from Django's; the rest of the room takes this value and knows no Django."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROJECT = Path(__file__).resolve().parent.parent
DATA_FILES = tuple(f"{part}-{what}-ubyte.gz" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1"))


@dataclass(frozen=True)
class WorkerConfig:
    """`home` holds slots and packages; `runtime` is the virtual environment that student code sees.

    As root a slot's sandboxes run as ten uids that no other slot has, from `uid_base` on (`worker.slots`).
    `gpus` are `CUDA_VISIBLE_DEVICES` entries; a GPU slot is one of them. `gpu_devices` are the device files that its
    sandbox sees besides `/dev/nvidia<gpu>`; those that do not exist here are left out. `engine`: warm for a worker that stays,
    bubblewrap (cold) for one run. `allow_landlock`: grade behind Landlock alone where this machine forbids namespaces.
    """

    home: Path
    runtime: Path = Path(sys.prefix)
    cpu_slots: int = os.cpu_count() or 1
    gpus: tuple[str, ...] = ()
    gpu_devices: tuple[str, ...] = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")
    uid_base: int = 61000
    engine: Literal["warm", "bubblewrap"] = "bubblewrap"
    allow_landlock: bool = False
    fashion_mnist: Path = Path("/usr/share/datasets/fashion-mnist")


def from_settings() -> WorkerConfig:
    """Built from `grader.settings` (names in docs/reference/settings.md)."""
    from django.conf import settings

    return WorkerConfig(
        home=Path(settings.GRADER_HOME),
        runtime=Path(settings.GRADER_RUNTIME),
        cpu_slots=settings.GRADER_CPU_SLOTS,
        gpus=tuple(settings.GRADER_GPUS),
        gpu_devices=tuple(settings.GRADER_GPU_DEVICES),
        uid_base=settings.GRADER_UID_BASE,
        engine="warm" if settings.GRADER_ENGINE == "warm" else "bubblewrap",
        allow_landlock=settings.GRADER_ALLOW_LANDLOCK,
        fashion_mnist=_fashion_mnist(settings.GRADER_FASHION_MNIST, Path(settings.GRADER_HOME)),
    )


def _fashion_mnist(named: str, home: Path) -> Path:
    """The named folder, else the first with all four files: Debian's, the home's, the project's; as `./dev` looks for them."""
    if named:
        return Path(named)
    debian = Path("/usr/share/datasets/fashion-mnist")
    places = (debian, home / "data/fashion-mnist", PROJECT / "var/data/fashion-mnist")
    return next((place for place in places if all((place / name).is_file() for name in DATA_FILES)), debian)

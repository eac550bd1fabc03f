"""Puts every adaptation into a fresh shell; one that fails is left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from _grader_kit.adapt import (
    absent,
    commands,
    cuda,
    keras_names,
    keras_old,
    keyboard,
    leaving,
    libraries,
    magics,
    moved_names,
    torch_old,
)

PARTS: tuple[Callable[[Any], None], ...] = (
    commands.install,
    magics.install,
    leaving.install,
    keyboard.install,
    absent.install,
    moved_names.install,
    libraries.install,
    keras_names.install,
    keras_old.install,
    torch_old.install,
    cuda.install,
)


def install(shell: Any) -> None:
    """Never raises."""
    for part in PARTS:
        try:
            part(shell)
        except Exception as problem:
            print(f"{part.__module__}: {problem!r}", file=sys.__stderr__)

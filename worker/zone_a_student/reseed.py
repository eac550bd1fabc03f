"""Other seeds than a notebook sets itself, in a further run after a near miss.

A notebook that sets none is random anyway. What is given to the usual functions is changed by a number; a generator made in
another way keeps its seed, and then the run comes out as before, which costs nobody anything.
"""

from __future__ import annotations

import functools
import random
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit.shelf import AfterImport

STEP = 7919
LATER = {"numpy": ("random", ("seed", "default_rng")), "torch": ("", ("manual_seed",)), "tensorflow": ("random", ("set_seed",))}


def install(number: int) -> None:
    """Change every integer seed by `number` times a prime."""
    change(random, ("seed",), number)
    for name, (inner, functions) in LATER.items():
        hook = functools.partial(_hook, inner=inner, functions=functions, number=number)
        if name in sys.modules:
            hook(sys.modules[name])
        else:
            sys.meta_path.insert(0, AfterImport(name, hook))


def _hook(module: ModuleType, inner: str, functions: tuple[str, ...], number: int) -> None:
    change(getattr(module, inner) if inner else module, functions, number)


def change(holder: Any, functions: tuple[str, ...], number: int) -> None:
    for name in functions:
        setattr(holder, name, _reseeded(getattr(holder, name), number))


def _reseeded(ordinary: Callable[..., Any], number: int) -> Callable[..., Any]:
    @functools.wraps(ordinary)
    def seeded(*args: Any, **kwargs: Any) -> Any:
        args = (other(args[0]), *args[1:]) if args else args
        return ordinary(*args, **{name: other(value) if name in ("seed", "a") else value for name, value in kwargs.items()})

    def other(seed: Any) -> Any:
        return (seed + STEP * number) % 2**32 if isinstance(seed, int) and not isinstance(seed, bool) else seed

    return seeded

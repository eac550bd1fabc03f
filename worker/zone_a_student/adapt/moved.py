"""Old names give what they are called now: for attributes of modules, and for whole modules that are gone.

A name is only offered where the library of today has none of it, and noted only when the notebook's own code asks.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Mapping
from types import FrameType, ModuleType
from typing import Any

from _grader_kit.adapt.notes import note

Target = str | Callable[[], Any]
"""A dotted name of today (`numpy.trapezoid`, `builtins.float`), or a function that makes the thing."""


def find(target: Target) -> Any:
    """What a target names.

    Raises:
        AttributeError, ImportError: it isn't here either.
    """
    if callable(target):
        return target()
    try:
        return importlib.import_module(target)
    except ImportError:
        module, _, name = target.rpartition(".")
        if not module:
            raise
        return getattr(find(module), name)


def offer(module: ModuleType, names: Mapping[str, Target], shown: str) -> None:
    """Let `module` answer to old names as well; `shown` is what a student calls it."""
    ordinary = module.__dict__.get("__getattr__")

    def __getattr__(name: str) -> Any:  # noqa: N807 - the module's own
        if name in names:
            value = find(names[name])
            if asked_by_notebook(sys._getframe(1)):
                note("note.moved", old=f"{shown}.{name}", new=today(names[name], value))
            return value
        if ordinary is not None:
            return ordinary(name)
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    module.__getattr__ = __getattr__  # type: ignore[method-assign]


def asked_by_notebook(frame: FrameType | None) -> bool:
    """Whether the code that asks is a cell's, and not a library that looks what there is."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(("importlib", "_frozen_importlib")):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") == "__main__"


def today(target: Target, value: Any) -> str:
    """What a student is told to write; a function of ours says so in its docstring."""
    if isinstance(target, str):
        return target.removeprefix("builtins.").replace("_tf_keras.keras.", "")
    return str(value.__name__ if isinstance(value, ModuleType) else value.__doc__)


class Modules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules that are gone: an empty one that gives the attributes of those that have them today."""

    def __init__(self, gone: Mapping[str, str]) -> None:
        self.gone = gone

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname in self.gone:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        name = self.gone[spec.name]
        module = ModuleType(spec.name, f"{spec.name} is {name} today.")
        source = importlib.import_module(name)
        note("note.moved", old=spec.name, new=name)
        module.__getattr__ = lambda attribute: getattr(source, attribute)  # type: ignore[method-assign]
        module.__all__ = [item for item in dir(source) if not item.startswith("_")]  # type: ignore[attr-defined]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""

"""One finder for everything that wants to hear of an import: `after("torch", then)`."""

from __future__ import annotations

import functools
import importlib.abc
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit.shelf import AfterImport


class _Hooks(importlib.abc.MetaPathFinder):
    def __init__(self) -> None:
        self.by_name: dict[str, AfterImport] = {}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        hook = self.by_name.get(fullname)
        return hook.find_spec(fullname, path, target) if hook else None


_hooks = _Hooks()


def wrap(holder: Any, name: str, change: Callable[[Any], Callable[..., Any]]) -> None:
    """Put `change(ordinary)` in the place of a function of a module or class. We call none of them: only the notebook does."""
    ordinary = getattr(holder, name)
    setattr(holder, name, functools.wraps(ordinary)(change(ordinary)))


def after(name: str, then: Callable[[ModuleType], None]) -> None:
    """Call `then(module)` now if the module is loaded, else as soon as it is. What it raises is nobody's business."""
    if _hooks not in sys.meta_path:
        sys.meta_path.insert(0, _hooks)
    if name in sys.modules:
        try:
            then(sys.modules[name])
        except Exception:
            return
        return
    before = _hooks.by_name.get(name)

    def both(module: ModuleType) -> None:
        try:
            if before:
                before.then(module)
        finally:
            then(module)

    _hooks.by_name[name] = AfterImport(name, both)

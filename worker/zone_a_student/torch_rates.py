"""Which learning rates a model's parameters were trained with: what the optimizers say at their steps.

A claim of the student's process like everything here: it is shown, and may send a miss to a person; it never earns a point.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

MOST = 8  # a schedule has a new one at every step; the first ones say what was asked for


class Rates:
    """The rates by parameter, as long as the parameter lives. An optimizer may be gone before its model is caught."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[Any, list[float]]] = {}  # id(parameter) -> a weak reference, and its rates in order
        self.compiling: Callable[[], bool] = bool

    def watch(self) -> None:
        """Look at every step of every optimizer; it costs a look at one parameter of each group. Torch is imported already."""
        from torch.compiler import is_compiling
        from torch.optim.optimizer import register_optimizer_step_pre_hook

        self.compiling = is_compiling
        register_optimizer_step_pre_hook(self.before_step)

    def before_step(self, optimizer: Any, *_: Any) -> None:
        if self.compiling():
            return
        try:
            for group in optimizer.param_groups:
                rate = float(group["lr"])
                first = self.list_of(group["params"][0])
                if rate not in first and len(first) < MOST:
                    for parameter in group["params"]:
                        self.note(parameter, rate)
        except Exception:
            return

    def note(self, parameter: Any, rate: float) -> None:
        found = self.list_of(parameter)
        if rate not in found and len(found) < MOST:
            found.append(rate)

    def list_of(self, parameter: Any) -> list[float]:
        key = id(parameter)
        known = self.seen.get(key)
        if known is None or known[0]() is not parameter:
            known = self.seen[key] = weakref.ref(parameter, lambda _: self.seen.pop(key, None)), []
        return known[1]

    def of(self, model: Any) -> list[float]:
        """The rates of any of its parameters, the earliest first."""
        found: list[float] = []
        for parameter in model.parameters():
            known = self.seen.get(id(parameter))
            if known is not None and known[0]() is parameter:
                found += [rate for rate in known[1] if rate not in found]
        return found[:MOST]

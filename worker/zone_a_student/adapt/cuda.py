"""A notebook that asks for the graphics card without looking whether there is one gets the processor.

Only where there is none, and only once a cell names one: every other notebook meets torch as it is. `is_available()` says
the truth. A module goes where its tensors go, so tensors are all that is changed.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from _grader_kit.adapt import hooks
from _grader_kit.adapt.notes import note

MAKERS = (
    *("tensor", "as_tensor", "zeros", "ones", "empty", "full", "rand", "randn", "randint", "randperm", "arange", "linspace"),
    *("logspace", "eye", "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "asarray"),
)
TYPES = ("FloatTensor", "DoubleTensor", "HalfTensor", "LongTensor", "IntTensor", "ByteTensor", "BoolTensor")
_NAMES_ONE = re.compile(r"cuda|\bmps\b|\bgpu\b", re.IGNORECASE)


def install(shell: Any) -> None:
    done: list[bool] = []

    def look(info: Any) -> None:
        if not done and _NAMES_ONE.search(info.raw_cell or ""):
            done.append(True)
            hooks.after("torch", _on_the_processor)

    shell.events.register("pre_run_cell", look)


def _on_the_processor(torch: ModuleType) -> None:
    if torch.cuda.is_available():
        return
    for name in MAKERS:
        setattr(torch, name, _without_card(torch, getattr(torch, name)))
    ordinary_to = torch.Tensor.to

    @functools.wraps(ordinary_to)
    def to(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and _is_card(torch, args[0]):
            args = (_processor(), *args[1:])
        if _is_card(torch, kwargs.get("device")):
            kwargs["device"] = _processor()
        return ordinary_to(self, *args, **kwargs)

    torch.Tensor.to = to
    torch.Tensor.cuda = lambda self, *_, **__: self.to("cuda")
    for name in ("set_default_device", "set_default_tensor_type"):
        setattr(torch, name, _first_on_processor(torch, getattr(torch, name)))
    hooks.wrap(torch, "load", _loading(torch))
    _questions(torch)


def _is_card(torch: ModuleType, device: Any) -> bool:
    if isinstance(device, torch.device):
        device = device.type
    return isinstance(device, str) and device.partition(":")[0] in ("cuda", "mps", "xpu")


def _processor() -> str:
    note("note.on_processor")
    return "cpu"


def _without_card(torch: ModuleType, ordinary: Any) -> Any:
    @functools.wraps(ordinary)
    def make(*args: Any, **kwargs: Any) -> Any:
        if _is_card(torch, kwargs.get("device")):
            kwargs["device"] = _processor()
        return ordinary(*args, **kwargs)

    return make


def _first_on_processor(torch: ModuleType, ordinary: Any) -> Any:
    @functools.wraps(ordinary)
    def call(kind: Any = None) -> Any:
        if _is_card(torch, kind):
            kind = _processor()
        if isinstance(kind, str) and kind.startswith("torch.cuda."):
            kind = kind.replace("torch.cuda.", "torch.")
        return ordinary(kind)

    return call


def _loading(torch: ModuleType) -> Callable[[Any], Callable[..., Any]]:
    def change(ordinary: Any) -> Callable[..., Any]:
        def load(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
            return ordinary(f, _processor() if _is_card(torch, map_location) else map_location, *args, **kwargs)

        return load

    return change


def _questions(torch: ModuleType) -> None:
    """What is asked of a card or told to it, and has no effect on what is computed."""
    cuda = torch.cuda
    for name in TYPES:
        setattr(cuda, name, getattr(torch, name))
    for name in ("synchronize", "set_device", "reset_peak_memory_stats", "reset_max_memory_allocated", "init"):
        setattr(cuda, name, lambda *_, **__: None)
    cuda.current_device = lambda: 0
    cuda.get_device_name = lambda *_: "CPU"
    cuda.get_device_capability = lambda *_: (0, 0)
    cuda.get_device_properties = lambda *_: SimpleNamespace(name="CPU", total_memory=0, major=0, minor=0, multi_processor_count=0)
    cuda.memory_summary = lambda *_, **__: ""
    cuda.Event = Event


class Event:
    """`torch.cuda.Event`, by the clock."""

    def __init__(self, *_: object, **__: object) -> None:
        self.at = 0.0

    def record(self, *_: object) -> None:
        self.at = time.perf_counter()

    def synchronize(self) -> None:
        """There is nothing to wait for."""

    def elapsed_time(self, other: Event) -> float:
        return 1000 * (other.at - self.at)

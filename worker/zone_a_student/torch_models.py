"""Torch models as plain data: a graph of named operations as JSON, and the arrays as raw little-endian bytes.

A model is caught after each cell wherever a variable (or a list or dict in one) holds one that was not seen with these
weights, and before a further model takes its place in a cell that trains several. What it is fed is seen by one hook on
every call; it looks at the numbers on the 1st, 2nd, 4th, 8th … call only, so that it costs a training nothing to speak
of, and not at all inside a compiled model. `torch_export.py` makes the graph of a copy.
`torch_rates.py` notes the learning rates.
"""

from __future__ import annotations

import hashlib
import sys
import time
import warnings
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit import predictions, torch_export, torch_notes, torch_rates
from _grader_kit.shelf import MAX_BYTES, AfterImport, Shelf

SAMPLE = 512
TOTAL_S = 90.0  # for all exports of a notebook
MAX_CALLED = 10_000


class Called:
    """What one module was called with: how often, and the newest look at its arguments."""

    def __init__(self, module: Any, gone: Callable[[Any], object]) -> None:
        self.ref = weakref.ref(module, gone)
        self.calls = 0
        self.feed: dict[str, Any] | None = None


class TorchModels:
    """Catches torch modules that have parameters and puts them on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.called: dict[int, Called] = {}  # by id(module), as long as it lives
        self.latest: Any = None  # the outermost module that was called first most recently
        self.spent = 0.0  # seconds
        self.rates = torch_rates.Rates()
        self.busy = False
        if "torch" in sys.modules:  # the process that this one was forked from had it already
            self.hook(sys.modules["torch"])
        else:
            sys.meta_path.insert(0, AfterImport("torch", self.hook))

    def hook(self, torch: ModuleType) -> None:
        compiling = torch.compiler.is_compiling

        def look(module: Any, args: tuple[Any, ...]) -> None:
            if compiling() or self.busy:
                return
            try:
                seen = self.called.get(id(module)) or self.meet(module)
                seen.calls += 1
                if not seen.calls & (seen.calls - 1):
                    seen.feed = better(describe_feed(args), seen.feed)
            except Exception:
                return

        torch.nn.modules.module.register_module_forward_pre_hook(look)
        self.rates.watch()
        compile_nothing(torch)
        warnings.filterwarnings("ignore", message=r"Using `torch.compile\(module\)` when there are global hooks")

    def meet(self, module: Any) -> Called:
        """The first call of a module, with all that is inside it; the model before it may be about to be replaced."""
        if len(self.called) > MAX_CALLED:
            self.called.clear()
        for part in module.modules():
            if id(part) not in self.called:
                self.called[id(part)] = Called(part, self.forget(id(part)))
        if any(True for _ in module.parameters()):  # a loss or an activation takes no model's place
            if self.latest is not None:
                self.catch(self.latest)
            self.latest = module
        return self.called[id(module)]

    def forget(self, key: int) -> Callable[[Any], object]:
        return lambda _: self.called.pop(key, None)

    def after_cell(self) -> None:
        torch = sys.modules.get("torch")
        if torch is None or not hasattr(torch, "nn"):
            return
        found = self.shelf.find(torch.nn.Module)
        parts = {id(part) for model in found for part in list(model.modules())[1:]}
        for model in found:
            if id(model) not in parts:
                self.catch(model)
        self.latest = None  # a variable that held it was seen just now

    def catch(self, model: Any) -> None:
        """Write a model down unless it was with the same weights. Never raises."""
        self.busy = True
        try:
            self.keep(model, torch_export.unwrapped(model))
        except predictions.NotAsked as problem:
            self.miss(model, problem.code, **problem.values)
        except torch_notes.NotExported as problem:
            self.miss(model, problem.reason, **problem.values)
        except Exception as problem:
            self.miss(model, "missing.not_traced", reason=f"{type(problem).__name__}: {problem}"[:200])
        finally:
            self.busy = False

    def keep(self, model: Any, inner: Any) -> None:
        tensors = [*inner.parameters(), *inner.buffers()]
        if not any(True for _ in inner.parameters()) or any(type(item).__name__.startswith("Uninit") for item in tensors):
            return  # nothing to learn, or a lazy layer that has met no data
        if sum(item.numel() * item.element_size() for item in tensors) > MAX_BYTES:
            self.miss(model, "missing.too_large", limit=MAX_BYTES)
            return
        name = self.shelf.name_of(model) or self.shelf.name_of(inner)
        if self.shelf.has(digest := digest_of(inner, tensors), name):
            return
        feed = self.feed_of(model)
        if self.shelf.predict:
            with torch_export.quietly(self.shelf.collector):
                scales, classes = self.ask(model)
            self.shelf.put(
                inner, digest, {"framework": "torch", "name": name, "feed": feed, "curve": {}, "predicted": scales}, classes
            )
            return
        if self.spent > TOTAL_S:
            raise torch_notes.NotExported("missing.time")
        began = time.monotonic()
        try:
            with torch_export.quietly(self.shelf.collector):
                facts, arrays = torch_export.export(inner, feed)
        finally:
            self.spent += time.monotonic() - began
        rates = self.rates.of(inner)
        self.shelf.put(
            inner, digest, {"framework": "torch", "name": name, "feed": feed, "curve": {}, "rates": rates, **facts}, arrays
        )

    def ask(self, model: Any) -> tuple[list[str], bytes]:
        """What it predicts for the hidden images, where it stands and in its mode for use: the scales, the classes for each."""
        import torch

        feed = self.feed_of(model)
        if feed is None:
            raise predictions.NotAsked("missing.never_called")
        kind = getattr(torch, feed["dtype"], torch.float32)
        at = next(model.parameters()).device

        def call(x: Any) -> Any:
            return model(torch.from_numpy(x).to(at, kind)).detach().double().cpu().numpy()

        modes = [(part, part.training) for part in model.modules()]
        model.eval()
        try:
            with torch.no_grad():
                scales, classes = predictions.classes(call, self.shape_of(model), feed)
        finally:
            for part, training in modes:
                part.training = training
        return scales, classes

    def shape_of(self, model: Any) -> tuple[int | None, ...]:
        return tuple((self.feed_of(model) or {"shape": [None]})["shape"][1:])

    def feed_of(self, model: Any) -> dict[str, Any] | None:
        seen = self.called.get(id(torch_export.unwrapped(model))) or self.called.get(id(model))
        return seen.feed if seen else None

    def miss(self, model: Any, reason: str, /, **values: Any) -> None:
        self.shelf.collector.miss(self.shelf.name_of(model), reason, model=True, **values)


def compile_nothing(torch: Any) -> None:
    """Without a GPU `torch.compile` gives a model back that runs as it was written: the compiler of a minute stays out."""
    ordinary = torch.compile

    def compile(*args: Any, **kwargs: Any) -> Any:  # noqa: A001 - it stands in for the ordinary one
        if not torch.cuda.is_available():
            torch.compiler.set_stance("force_eager")
        return ordinary(*args, **kwargs)

    compile.__doc__, compile.__wrapped__ = ordinary.__doc__, ordinary  # type: ignore[attr-defined]
    torch.compile = compile


def digest_of(model: Any, tensors: list[Any]) -> str:
    """Of the weights and of which object holds them. Version counters won't do: `p.data -= …` leaves them as they are."""
    found = hashlib.sha256(str(id(model)).encode())
    for item in tensors:
        found.update(torch_notes.raw(item))
    return found.hexdigest()


def describe_feed(args: tuple[Any, ...]) -> dict[str, Any] | None:
    """Shape, dtype and a few moments of the first argument, and what the others are."""
    if not args or not hasattr(args[0], "detach") or not args[0].dim() or not args[0].numel():
        return None
    x = args[0].detach()
    step = max(1, int(x.shape[0]) // SAMPLE)
    numbers = x[::step][:SAMPLE].double()
    return {
        "shape": [None, *(int(size) for size in x.shape[1:])],
        "batch": int(x.shape[0]),
        "dtype": str(x.dtype).removeprefix("torch."),
        "min": float(numbers.min()),
        "max": float(numbers.max()),
        "mean": float(numbers.mean()),
        "std": float(numbers.std(correction=0)),
        "others": [other(item) for item in args[1:8]],
    }


def better(new: dict[str, Any] | None, old: dict[str, Any] | None) -> dict[str, Any] | None:
    """The newer of two looks, but a single image says less than a batch."""
    if new is None or (old is not None and new["batch"] == 1 and old["batch"] > 1):
        return old
    return new


def other(item: Any) -> Any:
    """A further argument: a tensor's shape and type, or a plain constant."""
    if hasattr(item, "detach"):
        return {"shape": [int(size) for size in item.shape], "dtype": str(item.dtype).removeprefix("torch.")}
    return item if isinstance(item, (bool, int, float, str)) else None

"""A torch module's computation as `torch.export` notes it, on a copy, unnoticed and in time.

`torch.export` runs `forward` on tensors without numbers and writes down each operation. What it can't follow has a reason:
a branch that depends on numbers in the data, numpy inside, and so on. `torch_notes.py` makes plain data of the notes.
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import random
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

from _grader_kit import torch_recurrent
from _grader_kit.torch_notes import Arrays, NotExported, graph_of, raw

EXPORT_S = 25.0
GUESSES = ((1, 28, 28), (784,), (28, 28))  # of an input that was never seen: an image, a row, a matrix
BATCH = 64


class TooSlow(BaseException):
    """The clock of one export; torch must not catch it as an ordinary failure."""


def unwrapped(model: Any) -> Any:
    """The module inside torch.compile's and DataParallel's wrappings."""
    while True:
        kind = type(model).__name__
        if kind == "OptimizedModule":
            model = model._orig_mod
        elif kind in ("DataParallel", "DistributedDataParallel"):
            model = model.module
        else:
            return model


def export(model: Any, feed: dict[str, Any] | None) -> tuple[dict[str, Any], bytes]:
    """The facts of a module (graph, arrays' names and shapes, tree of its parts) and the arrays' bytes.

    Raises:
        NotExported: it can't be written down.
    """
    twin = copied(model)
    twin.eval()
    arguments = example(twin, feed)
    program = traced(twin, arguments)
    arrays = Arrays(twin)
    facts = {
        "graph": graph_of(program, arrays),
        "modules": [{"path": path, "class": type(part).__name__} for path, part in list(twin.named_modules())[:500]],
        "weights": arrays.facts,
    }
    return facts, b"".join(bytes(raw(item)) for item in arrays.tensors)


def copied(model: Any) -> Any:
    """A copy to be traced, since tracing leaves tensors without numbers in whatever `forward` writes to."""
    memo = {}
    for part in model.modules():
        for value in list(vars(part).values()):
            for item in value if isinstance(value, (list, tuple)) else value.values() if isinstance(value, dict) else [value]:
                if hasattr(item, "is_leaf") and not item.is_leaf:  # an activation that was kept: torch won't copy those
                    memo[id(item)] = item.detach().clone()
    try:
        return copy.deepcopy(model, memo).to("cpu")
    except Exception as problem:
        raise NotExported("missing.not_serialisable", detail=f"{type(problem).__name__}: {problem}"[:200]) from problem


def example(model: Any, feed: dict[str, Any] | None) -> list[tuple[Any, ...]]:
    """Arguments to trace with, the likeliest first: as the module was called, or the first usual shape that it takes."""
    import torch

    if feed is None:
        for shape in GUESSES:
            try:
                with torch.no_grad():
                    copy.deepcopy(model)(torch.zeros(BATCH, *shape))
            except Exception:
                continue
            return [(torch.zeros(BATCH, *shape),)]
        raise NotExported("missing.never_called")
    others = [_blank(item) if isinstance(item, dict) else item for item in feed["others"]]
    first = {"shape": feed["shape"], "dtype": feed["dtype"]}
    batches = [max(2, feed["batch"])] + ([1] if feed["batch"] == 1 else [])
    return [(_blank({**first, "shape": [batch, *feed["shape"][1:]]}), *others) for batch in batches]


def _blank(tensor: dict[str, Any]) -> Any:
    import torch

    return torch.zeros(tensor["shape"], dtype=getattr(torch, tensor["dtype"]))


def traced(model: Any, examples: list[tuple[Any, ...]]) -> Any:
    """Torch's notes of a call: with a free batch size, or else with the one it was called with."""
    import torch

    free = {0: torch.export.Dim.AUTO}
    shapes = tuple(free if hasattr(item, "detach") else None for item in examples[0])
    tries = [(examples[0], shapes), *((given, None) for given in examples)]
    for number, (given, wanted) in enumerate(tries, 1):
        try:
            with torch.enable_grad(), torch_recurrent.in_one():  # without gradients some layers take one fused step
                return torch.export.export(model, given, dynamic_shapes=wanted, strict=False)
        except Exception as problem:
            if number == len(tries) or "data-dependent" in str(problem).lower():
                raise why(problem) from problem
    return None


def why(problem: Exception) -> NotExported:
    """Torch's complaint as a code of the catalogue."""
    text = f"{type(problem).__name__}: {problem}"
    if "data-dependent" in text.lower() or "DataDependent" in text:
        return NotExported("missing.data_dependent")
    if "numpy" in text.lower():
        return NotExported("missing.numpy_inside")
    return NotExported("missing.not_traced", reason=text.partition("\n")[0][:200])


@contextlib.contextmanager
def quietly(collector: Any) -> Iterator[None]:
    """Nothing printed, logged or drawn at random is noticed outside, and it ends in time."""
    import torch

    printed, logged = collector.printed, logging.root.manager.disable
    state = random.getstate(), "numpy" in sys.modules and sys.modules["numpy"].random.get_state()
    silence = io.StringIO()
    try:
        logging.disable(logging.CRITICAL)
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(silence),
            contextlib.redirect_stderr(silence),
            torch.random.fork_rng(devices=[]),
            torch.inference_mode(False),
            in_time(EXPORT_S),
        ):
            warnings.simplefilter("ignore")
            yield
    except TooSlow as problem:
        raise NotExported("missing.time") from problem
    finally:
        logging.disable(logged)
        collector.printed = printed
        random.setstate(state[0])
        if state[1]:
            sys.modules["numpy"].random.set_state(state[1])


@contextlib.contextmanager
def in_time(limit_s: float) -> Iterator[None]:
    """An alarm, put back as it was found. Only the main thread may set one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    left = signal.setitimer(signal.ITIMER_REAL, limit_s)[0]
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, before)

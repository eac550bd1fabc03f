"""LSTM, GRU and RNN as one operation in torch's notes, as they are one in torch.

On tensors without numbers torch unrolls a recurrent layer step by step to find out three shapes: seconds for 28 steps, minutes
for 784. While a module is traced, these functions stand for the real ones and know the shapes at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

LIBRARY = "grader_kit"
_REST = "Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional, bool batch_first"
_SCHEMAS = {
    "lstm": f"(Tensor input, Tensor[] hx, {_REST}) -> (Tensor, Tensor, Tensor)",
    **dict.fromkeys(("gru", "rnn_tanh", "rnn_relu"), f"(Tensor input, Tensor hx, {_REST}) -> (Tensor, Tensor)"),
}


@contextlib.contextmanager
def in_one() -> Iterator[None]:
    """Stand in for the recurrent functions of `torch._VF`, through which torch.nn calls them."""
    import torch

    functions = torch._VF
    _library()
    stood = {name: vars(functions).get(name) for name in _SCHEMAS}
    for name in _SCHEMAS:
        setattr(functions, name, _stand_in(getattr(functions, name), getattr(getattr(torch.ops, LIBRARY), name)))
    try:
        yield
    finally:
        for name, before in stood.items():
            if before is None:
                delattr(functions, name)
            else:
                setattr(functions, name, before)


def _stand_in(ordinary: Callable[..., Any], ours: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        packed = len(args) > 2 and hasattr(args[2], "detach")  # sequences of different lengths: the real one's affair
        return ordinary(*args) if packed or len(args) != 9 else ours(*args)

    return call


@cache
def _library() -> Any:
    """The operations, with their shapes and nothing else. What is returned must be kept, or they go with it."""
    from torch.library import Library, register_fake

    ours = Library(LIBRARY, "DEF")
    for name, schema in _SCHEMAS.items():
        ours.define(name + schema)
        register_fake(f"{LIBRARY}::{name}", _shapes, lib=ours)
    return ours


def _shapes(x: Any, hx: Any, params: Any, has_biases: bool, num_layers: int, dropout: float, train: bool, *ways: bool) -> Any:
    states = hx if isinstance(hx, (list, tuple)) else [hx]
    width = states[0].shape[-1] * (2 if ways[0] else 1)
    return (x.new_empty([*x.shape[:2], width]), *(state.new_empty(state.shape) for state in states))

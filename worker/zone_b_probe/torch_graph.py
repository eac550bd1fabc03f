"""A torch model from the JSON graph and the arrays that a student's process wrote, and a small interpreter for it.

Nothing is imported, looked up or unpickled by a name from outside: an operation is a key of `torch_ops.OPERATIONS` or the model
is refused by that key. A node may use only what stands before it, so there is no cycle. Sizes are known before anything
is computed: the graph first runs on torch's `meta` device, which computes shapes and holds no numbers, and what would be too
large is refused there. `torch_facts.py` reads layers out of that first run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from .refused import RefusedModel, malformed
from .torch_ops import OPERATIONS

MAX_NODES = 5000
MAX_DEPTH = 6
MAX_ITEMS = 100_000  # arguments of all nodes
MAX_ARRAYS = 5000
MAX_RESULT = 512 << 20  # bytes of one result
MAX_HELD = 1 << 30  # bytes of all results that are still wanted
BATCH = 64
DTYPES = {
    name: getattr(torch, name)
    for name in ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
}


@dataclass(frozen=True)
class Array:
    """An array of the model's. `kind`: parameter, buffer or constant."""

    name: str
    kind: str
    trainable: bool
    tensor: torch.Tensor


@dataclass(frozen=True)
class Node:
    """One call. What it needs is in `uses`; what is wanted no more after it in `last_of`."""

    name: str
    operation: str
    arguments: Any
    named: dict[str, Any]
    uses: frozenset[str]
    last_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """A checked graph and its arrays."""

    inputs: tuple[tuple[tuple[int | None, ...], torch.dtype], ...]
    nodes: tuple[Node, ...]
    outputs: Any
    arrays: tuple[Array, ...]
    seen: list[tuple[Node, Any]] = field(default_factory=list)  # each node with its result on the meta device

    @property
    def batch(self) -> int:
        """How many images a call takes: as many as it was traced with, where that is fixed."""
        return self.inputs[0][0][0] or BATCH

    def __call__(self, *given: torch.Tensor) -> Any:
        """The outputs for some inputs, computed on the CPU."""
        return self.run(given, [item.tensor for item in self.arrays], lambda node, result: None)

    def run(self, given: Any, arrays: list[torch.Tensor], note: Callable[[Node, Any], None]) -> Any:
        device = given[0].device.type
        results: dict[str, Any] = {f"in{number}": tensor for number, tensor in enumerate(given)}
        with torch.no_grad():
            for node in self.nodes:
                function = OPERATIONS[node.operation].function
                arguments = _filled(node.arguments, results, arrays, device)
                named = {key: _filled(value, results, arrays, device) for key, value in node.named.items()}
                results[node.name] = function(*arguments, **named)
                note(node, results[node.name])
                for name in node.last_of:
                    del results[name]
            return _filled(self.outputs, results, arrays, device)

    def rehearse(self) -> None:
        """Run it on shapes alone, so that every size is known before a number is computed.

        Raises:
            RefusedModel: something would be too large, or an operation does not take what it is given.
        """
        held: dict[str, int] = {}

        def note(node: Node, result: Any) -> None:
            held[node.name] = size = _bytes(result)
            if size > MAX_RESULT or sum(held.values()) > MAX_HELD:
                raise RefusedModel("missing.too_large", limit=MAX_RESULT)
            self.seen.append((node, result))
            for name in node.last_of:
                held.pop(name, None)

        given = [
            torch.empty([self.batch if size is None else size for size in shape], dtype=dtype, device="meta")
            for shape, dtype in self.inputs
        ]
        try:
            self.run(given, [item.tensor.to("meta") for item in self.arrays], note)
        except RefusedModel:
            raise
        except Exception as problem:  # whatever torch says to arguments that its own tracer never wrote
            at = self.nodes[len(self.seen)].operation if len(self.seen) < len(self.nodes) else "the output"
            raise malformed(f"{at}: {problem}") from problem


def load(graph: Any, weights: Any, data: bytes) -> Graph:
    """A graph that may be run, from parsed JSON and raw arrays.

    Raises:
        RefusedModel: an operation that is not on the list, or anything not of the agreed shape.
    """
    arrays = _arrays(weights, data)
    try:
        inputs = tuple(_input(item) for item in _list(graph["inputs"], 8))
        raw = _list(graph["nodes"], MAX_NODES)
        outputs = graph["outputs"]
    except (KeyError, TypeError, ValueError) as problem:
        raise malformed("the graph is not of the agreed shape") from problem
    if not inputs:
        raise malformed("a graph without an input")
    reader = _Reader({f"in{number}" for number in range(len(inputs))}, len(arrays))
    nodes = [reader.node(item) for item in raw]
    found = Graph(inputs, _with_ends(nodes, reader.argument(outputs)), outputs, arrays)
    found.rehearse()
    return found


class _Reader:
    """Checks nodes in order; `known` are the names that stand before."""

    def __init__(self, known: set[str], arrays: int) -> None:
        self.known, self.arrays, self.items = known, arrays, 0

    def node(self, raw: Any) -> Node:
        if not (isinstance(raw, list) and len(raw) == 4 and isinstance(raw[2], list) and isinstance(raw[3], dict)):
            raise malformed("a node is not of the agreed shape")
        name, operation, arguments, named = raw
        if not isinstance(name, str) or not isinstance(operation, str) or len(name) > 40 or name in self.known:
            raise malformed("a node without a name of its own")
        if operation not in OPERATIONS:
            raise RefusedModel("missing.unsupported_layer", layer=operation.removeprefix("aten.").removesuffix(".default")[:60])
        uses = self.argument(arguments)
        for key, value in named.items():
            if not key.isidentifier() or key.startswith("_") or key == "out":
                raise malformed("an argument without a proper name")
            uses |= self.argument(value)
        self.known.add(name)
        return Node(name, operation, arguments, named, frozenset(uses))

    def argument(self, raw: Any, depth: int = 0) -> set[str]:
        """The names that an argument refers to."""
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise malformed("arguments too deep or too many")
        if isinstance(raw, list):
            return {name for item in raw for name in self.argument(item, depth + 1)}
        if isinstance(raw, dict):
            return self.reference(raw)
        if raw is None or isinstance(raw, (bool, float)) or (isinstance(raw, int) and abs(raw) < 2**63):
            return set()
        if isinstance(raw, str) and len(raw) <= 200:
            return set()
        raise malformed("an argument of an unknown kind")

    def reference(self, raw: dict[str, Any]) -> set[str]:
        [(kind, value)] = raw.items() if len(raw) == 1 else [("", None)]
        if kind == "n" and isinstance(value, str):
            if value not in self.known:
                raise malformed("a node uses what does not stand before it")
            return {value}
        fits = (
            (kind == "w" and type(value) is int and 0 <= value < self.arrays)
            or (kind == "dtype" and isinstance(value, str) and value in DTYPES)
            or (kind == "f" and value in ("inf", "-inf", "nan"))
            or (kind == "device" and value == "cpu")
        )
        if not fits:
            raise malformed("an argument of an unknown kind")
        return set()


def _with_ends(nodes: list[Node], wanted: set[str]) -> tuple[Node, ...]:
    """Each result is let go of after its last use."""
    ended, kept = set(wanted), []
    for node in reversed(nodes):
        last = (node.uses | {node.name}) - ended
        ended |= last
        kept.append(Node(node.name, node.operation, node.arguments, node.named, node.uses, tuple(last)))
    return tuple(reversed(kept))


def _filled(raw: Any, results: dict[str, Any], arrays: list[torch.Tensor], device: str) -> Any:
    """A checked argument with the values in the places of references."""
    if isinstance(raw, list):
        return [_filled(item, results, arrays, device) for item in raw]
    if not isinstance(raw, dict):
        return raw
    [(kind, value)] = raw.items()
    if kind == "n":
        return results[value]
    if kind == "w":
        return arrays[value]
    if kind == "dtype":
        return DTYPES[value]
    return float(value) if kind == "f" else torch.device(device)


def _arrays(weights: Any, data: bytes) -> tuple[Array, ...]:
    """The arrays, once what they declare has been held against the bytes that are there."""
    found, at = [], 0
    for item in _list(weights, MAX_ARRAYS):
        try:
            shape, dtype = [_size(size) for size in _list(item["shape"], 8)], DTYPES[item["dtype"]]
            kind, name = item["kind"], str(item["name"])[:200]
        except (KeyError, TypeError, ValueError) as problem:
            raise malformed("an array of an unknown type") from problem
        length = math.prod(shape) * dtype.itemsize
        if kind not in ("parameter", "buffer", "constant") or at + length > len(data) or math.prod(map(_one, shape)) > 2**40:
            raise malformed("the arrays are shorter than declared")
        found.append(Array(name, kind, kind == "parameter" and item.get("trainable") is True, _tensor(data, at, shape, dtype)))
        at += length
    if at != len(data):
        raise malformed("the arrays are longer than declared")
    return tuple(found)


def _tensor(data: bytes, at: int, shape: list[int], dtype: torch.dtype) -> torch.Tensor:
    count = math.prod(shape)
    if not count:
        return torch.zeros(shape, dtype=dtype)
    if dtype is torch.bool:  # any other byte than 0 and 1 would be neither true nor false
        return (torch.frombuffer(bytearray(data[at : at + count]), dtype=torch.uint8) != 0).reshape(shape)
    return torch.frombuffer(bytearray(data[at : at + count * dtype.itemsize]), dtype=dtype).reshape(shape)


def _input(raw: Any) -> tuple[tuple[int | None, ...], torch.dtype]:
    shape = tuple(None if size is None else _size(size) for size in _list(raw["shape"], 8))
    if not shape or math.prod(size or BATCH for size in shape) > MAX_RESULT // 8:
        raise ValueError("an input without axes, or too large")
    return shape, DTYPES[raw["dtype"]]


def _size(raw: Any) -> int:
    if type(raw) is not int or not 0 <= raw < 2**31:
        raise ValueError("a size")
    return raw


def _one(size: int) -> int:
    """An array with an axis of none holds nothing, whatever its other axes say; torch multiplies those all the same."""
    return max(1, size)


def _list(raw: Any, most: int) -> list[Any]:
    if not isinstance(raw, list) or len(raw) > most:
        raise malformed("a list is missing or too long")
    return raw


def _bytes(result: Any) -> int:
    if isinstance(result, torch.Tensor):
        return result.numel() * result.element_size()
    return sum(_bytes(item) for item in result) if isinstance(result, (tuple, list)) else 0

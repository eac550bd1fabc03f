"""What a torch graph is: parameters, layers and predictions, all from the same checked graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from . import torch_graph
from .refused import malformed
from .torch_graph import Array, Graph, Node
from .torch_ops import ACTIVATIONS, OPERATIONS

_DENSE = {"Linear", "MatMul"}
_UNTOLD = {"Reshape", "Permute", "Cast"}  # of no interest to anybody who reads the layers
_POINTWISE = {"Add", "Multiply", "Elementwise"}


class TorchModel:
    """A rebuilt torch model; alike in shape to `KerasModel`."""

    framework = "torch"

    def __init__(self, claim: dict[str, Any], data: bytes) -> None:
        """Rebuild it.

        Raises:
            RefusedModel: it can't be rebuilt safely.
        """
        self.graph = torch_graph.load(claim.get("graph"), claim.get("weights"), data)

    @property
    def input_shape(self) -> tuple[int | None, ...] | None:
        """Without the batch axis; None where it takes more than one input."""
        return self.graph.inputs[0][0][1:] if len(self.graph.inputs) == 1 else None

    def describe(self) -> dict[str, Any]:
        """Layers and counts. The count is the framework's own: parameters, shared ones once, and no buffers."""
        parameters = [item for item in self.graph.arrays if item.kind == "parameter"]
        return {
            "parameters": sum(item.tensor.numel() for item in parameters),
            "trainable_parameters": sum(item.tensor.numel() for item in parameters if item.trainable),
            "layers": _Layers(self.graph).found,
        }

    def predict(self, x: Any) -> Any:
        """The outputs (n, classes) for prepared images, or None where they are no scores of classes."""
        graph, dtype = self.graph, self.graph.inputs[0][1]
        pieces = []
        torch.manual_seed(0)
        torch.set_num_threads(1)  # batches are small, and waiting for a second thread on a busy machine costs more than it gives
        for at in range(0, len(x), graph.batch):
            batch = torch.from_numpy(np.ascontiguousarray(x[at : at + graph.batch]))
            count = len(batch)
            if count < graph.batch:  # the last one is filled up, since the number may be written into the model
                batch = batch[torch.arange(graph.batch) % count]
            try:
                out = graph(batch.to(dtype).clone())
            except (RuntimeError, TypeError, ValueError, IndexError) as problem:
                raise malformed(f"it does not compute: {problem}") from problem
            out = _first_tensor(out)
            if out is None or out.dim() != 2 or out.shape[0] != graph.batch:
                return None
            pieces.append(out[:count].double().numpy())
        return np.concatenate(pieces) if pieces else None


def _first_tensor(out: Any) -> torch.Tensor | None:
    """A module may give more than its scores; they come first."""
    while isinstance(out, (list, tuple)) and out:
        out = out[0]
    return out if isinstance(out, torch.Tensor) else None


class _Layers:
    """Reads layers out of the calls, in order: an operation's kind by its name, its arrays by what it was given."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.found: list[dict[str, Any]] = []
        self.arrays_of: dict[str, list[Array]] = {}  # results that are made of the model's arrays alone
        self.maker: dict[str, int] = {}  # result -> index of the layer that made it
        self.root: dict[str, str] = {}  # result -> the result of which it is a function, number by number
        for node, result in graph.seen:
            self.take(node, result)

    def take(self, node: Node, result: Any) -> None:
        kind = OPERATIONS[node.operation].kind
        arrays = _once(self.arrays_in([node.arguments, list(node.named.values())]))
        data = [name for name in node.uses if name not in self.arrays_of]
        if not data:
            self.arrays_of[node.name] = arrays
            return
        if not kind or not isinstance(_tensor_of(result), torch.Tensor):
            self.follow(node, data)
            return
        if kind == "Add" and self.is_bias(arrays, data):
            layer = self.found[self.maker[data[0]]]
            self.maker[node.name] = self.maker[data[0]]
            layer["parameters"] += _numbers(arrays)
            layer["weights"] += [list(item.tensor.shape) for item in arrays]
            return
        layer = self.layer(kind, node, arrays, data, _tensor_of(result))
        if layer["kind"] in _UNTOLD:
            self.follow(node, data)
            return
        self.maker[node.name] = len(self.found)
        self.found.append(layer)

    def follow(self, node: Node, data: list[str]) -> None:
        """The result is of the layer that made what went in."""
        if len(data) == 1 and data[0] in self.maker:
            self.maker[node.name] = self.maker[data[0]]

    def roots(self, data: list[str]) -> set[str]:
        return {self.root.get(name, name) for name in data}

    def is_bias(self, arrays: list[Array], data: list[str]) -> bool:
        """`x @ w + b` is one dense layer: a parameter as wide as the layer before, which has none yet."""
        if len(arrays) != 1 or len(data) != 1 or data[0] not in self.maker or arrays[0].kind != "parameter":
            return False
        layer = self.found[self.maker[data[0]]]
        return layer["kind"] == "Linear" and len(layer["weights"]) == 1 and arrays[0].tensor.numel() == layer["units"]

    def layer(self, kind: str, node: Node, arrays: list[Array], data: list[str], result: torch.Tensor) -> dict[str, Any]:
        shape = [int(size) for size in result.shape]
        weights = [list(item.tensor.shape) for item in arrays if item.kind == "parameter" or kind == "Linear"]
        name, units = self.named(kind, arrays, data, shape, node)
        if name in _POINTWISE and not weights and len(self.roots(data)) == 1:
            name = "Activation"  # one that was written by hand: x * sigmoid(x), clamp(x, 0, 6)
        if name == "Cast" and not result.is_floating_point():
            name = "ToInteger"  # of data: from there on it may be an index into anything
        if name == "Activation" or (kind in ACTIVATIONS and len(data) == 1):
            self.root[node.name] = next(iter(self.roots(data)))
        return {
            "kind": name,
            "units": units,
            "activation": node.operation.split(".")[1] if name == "Activation" else None,
            "parameters": _numbers(arrays),
            "output_shape": [None if at == 0 and size == self.graph.batch else size for at, size in enumerate(shape)],
            "weights": weights,
        }

    def named(self, kind: str, arrays: list[Array], data: list[str], shape: list[int], node: Node) -> tuple[str, int | None]:
        """The class of torch.nn that computes this, and its width where it has one."""
        rank = len(shape)
        if kind in _DENSE and any(item.tensor.dim() == 2 for item in arrays) and len(data) == 1:
            return "Linear", shape[-1] if shape else None
        if kind.startswith("Conv") and rank > 1:
            return kind, shape[1]
        if kind in ("LSTM", "GRU", "RNN"):
            return kind, shape[-1]
        if kind in ("BatchNorm", "InstanceNorm"):
            return f"{kind}{ {4: 2, 5: 3}.get(rank, 1) }d", None
        if kind in ("MaxPool", "AvgPool"):
            packet = node.operation.split(".")[1]
            return f"{'Adaptive' if packet.startswith('adaptive') else ''}{kind}{packet[-2]}d", None
        if kind in ("Add", "Multiply") and len(data) == 1 and not any(item.kind == "parameter" for item in arrays):
            return "Rescaling", None  # by a number or a fixed array
        if kind == "Flatten" and rank != 2:
            return "Reshape", None
        if kind == "Dropout" and node.arguments[1:2] == [0.0]:
            return "Identity", None  # drops nothing
        if kind == "Embedding":
            return kind, shape[-1] if shape else None
        return kind, None

    def arrays_in(self, raw: Any) -> list[Array]:
        if isinstance(raw, list):
            return [array for item in raw for array in self.arrays_in(item)]
        if isinstance(raw, dict):
            if "w" in raw:
                return [self.graph.arrays[raw["w"]]]
            return self.arrays_of.get(raw.get("n", ""), [])
        return []


def _once(arrays: list[Array]) -> list[Array]:
    """Each array once: a result may be made of the same one by many ways."""
    return list({id(item): item for item in arrays}.values())


def _tensor_of(result: Any) -> Any:
    return result[0] if isinstance(result, (tuple, list)) and result else result


def _numbers(arrays: list[Array]) -> int:
    return sum(item.tensor.numel() for item in arrays if item.kind == "parameter")

"""torch's notes of a call as plain data.

An operation is a name with arguments, a tensor a reference to an earlier result or to an array. Nothing that torch itself
could load again is written: its own formats hold pickles. Zone B knows the names it will compute and refuses the others.

Graph: `inputs` (shape with None for a free size, dtype), `nodes` ([result, operation, arguments, named arguments]),
`outputs`. Arguments: numbers, texts, lists, and `{"n": result}`, `{"w": index of an array}`, `{"dtype": …}`, `{"f": "inf"}`,
`{"device": …}`. An array: name, shape, dtype, whether it is a parameter, whether it learns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from _grader_kit import torch_recurrent

MAX_NODES = 5000
# Facts about sizes that a graph asserts on the way; they compute nothing.
_ASSERTIONS = ("aten._assert", "aten.sym_constrain", "_assert", "aten._check")
_SCOPES = ("wrap_with_set_grad_enabled",)


class NotExported(Exception):
    """A model that can't be written down, and why (a code of the catalogue)."""

    def __init__(self, reason: str, /, **values: Any) -> None:
        super().__init__(reason)
        self.reason, self.values = reason, values


class Arrays:
    """The arrays of a model: its parameters (a shared one once), its buffers, and constants as the graph asks for them."""

    def __init__(self, model: Any) -> None:
        self.tensors: list[Any] = []
        self.facts: list[dict[str, Any]] = []
        self.by_name: dict[str, int] = {}
        self.by_id: dict[int, int] = {}
        for name, item in model.named_parameters(remove_duplicate=False):
            self.add(name, item, "parameter")
        for name, item in model.named_buffers(remove_duplicate=False):
            self.add(name, item, "buffer")

    def add(self, name: str, item: Any, kind: str) -> int:
        if id(item) not in self.by_id:
            self.by_id[id(item)] = len(self.tensors)
            self.tensors.append(item)
            dtype = str(item.dtype).removeprefix("torch.")
            shape = [int(size) for size in item.shape]
            learns = kind == "parameter" and bool(item.requires_grad)
            self.facts.append({"name": name[:200], "shape": shape, "dtype": dtype, "kind": kind, "trainable": learns})
        self.by_name[name] = self.by_id[id(item)]
        return self.by_name[name]


def graph_of(program: Any, arrays: Arrays) -> dict[str, Any]:
    """Torch's notes as our JSON."""
    writer = Writer(program, arrays)
    writer.inputs_of(program.graph)
    outputs = writer.nodes_of(program.graph)
    kinds = [spec.kind.name for spec in program.graph_signature.output_specs]
    wanted = [item for kind, item in zip(kinds, outputs, strict=True) if kind == "USER_OUTPUT"]
    return {"inputs": writer.inputs, "nodes": needed(writer.nodes, wanted), "outputs": wanted}


class Writer:
    """Writes nodes one after another; `names` says what stands for a node of torch's."""

    def __init__(self, program: Any, arrays: Arrays) -> None:
        self.program, self.arrays = program, arrays
        self.inputs: list[dict[str, Any]] = []
        self.nodes: list[list[Any]] = []
        self.names: dict[Any, Any] = {}

    def inputs_of(self, graph: Any) -> None:
        specs = {spec.arg.name: spec for spec in self.program.graph_signature.input_specs}
        for node in graph.find_nodes(op="placeholder"):
            spec = specs[node.name]
            if spec.kind.name in ("PARAMETER", "BUFFER"):
                self.names[node] = {"w": self.arrays.by_name[spec.target]}
            elif spec.kind.name == "CONSTANT_TENSOR":
                self.names[node] = {"w": self.arrays.add(spec.target, self.program.constants[spec.target], "constant")}
            elif hasattr(spec.arg, "value"):  # a constant argument
                self.names[node] = spec.arg.value
            else:
                self.names[node] = {"n": f"in{len(self.inputs)}"}
                value = node.meta["val"]
                shape = [size if type(size) is int else None for size in value.shape]
                self.inputs.append({"shape": shape, "dtype": str(value.dtype).removeprefix("torch.")})

    def nodes_of(self, graph: Any) -> Any:
        """Write a graph's calls; what it puts out."""
        for node in graph.nodes:
            if node.op == "output":
                return [self.plain(item) for item in node.args[0]]
            if node.op != "call_function":
                continue
            name = operation(node.target)
            if name.startswith(_ASSERTIONS):
                continue
            if name.rpartition(".")[2] in _SCOPES:
                self.names[node] = self.inlined(node)
            elif name == "operator.getitem" and isinstance(self.names.get(node.args[0]), list):
                self.names[node] = self.names[node.args[0]][node.args[1]]
            else:
                if any(getattr(item, "op", "") == "get_attr" for item in node.args):  # a graph inside: a loop, autocast
                    raise NotExported("missing.unsupported_layer", layer=name.rpartition(".")[2].removeprefix("wrap_with_")[:60])
                key = f"n{len(self.nodes)}"
                arguments = [self.plain(item) for item in node.args]
                self.nodes.append([key, name, arguments, {k: self.plain(v) for k, v in node.kwargs.items()}])
                self.names[node] = {"n": key}
            if len(self.nodes) > MAX_NODES:
                raise NotExported("missing.too_large", limit=MAX_NODES)
        return []

    def inlined(self, node: Any) -> Any:
        """A scope such as `with torch.no_grad()` is a graph of its own; its calls are written as if it weren't."""
        at = next(place for place, item in enumerate(node.args) if getattr(item, "op", "") == "get_attr")
        inner = node.graph.owning_module.get_submodule(node.args[at].target).graph
        for place, outer in zip(inner.find_nodes(op="placeholder"), node.args[at + 1 :], strict=True):
            self.names[place] = self.plain(outer)
        return self.nodes_of(inner)

    def plain(self, item: Any) -> Any:
        import torch

        if isinstance(item, torch.fx.Node):
            return self.names[item]
        if isinstance(item, (list, tuple)):
            return [self.plain(inner) for inner in item]
        if isinstance(item, float) and (item != item or item in (float("inf"), float("-inf"))):
            return {"f": str(item)}
        if item is None or isinstance(item, (bool, int, float, str)):
            return item
        if isinstance(item, torch.dtype):
            return {"dtype": str(item).removeprefix("torch.")}
        if isinstance(item, torch.device):
            return {"device": "cpu"}
        if isinstance(item, (torch.layout, torch.memory_format)):
            return None
        raise NotExported("missing.not_traced", reason=f"an argument of type {type(item).__name__}")


def operation(target: Any) -> str:
    """`aten.linear.default`, `operator.mul`, or whatever else it calls itself."""
    name = str(target)
    if not hasattr(target, "_schema") and hasattr(target, "__name__"):  # a function, not an operation of torch's
        name = f"{str(target.__module__).lstrip('_')}.{target.__name__}"
    if name.startswith(f"{torch_recurrent.LIBRARY}."):
        name = f"aten.{name.split('.')[1]}.input"
    return name[:200]


def needed(nodes: list[list[Any]], outputs: Any) -> list[list[Any]]:
    """The nodes that the outputs depend on, and those that write into a tensor."""
    wanted = set(_references(outputs))
    kept = []
    for node in reversed(nodes):
        key, name, arguments, named = node
        if key in wanted or name.split(".")[1].endswith("_"):
            kept.append(node)
            wanted.update(_references([arguments, list(named.values())]))
    return kept[::-1]


def _references(item: Any) -> Iterator[str]:
    if isinstance(item, list):
        for inner in item:
            yield from _references(inner)
    elif isinstance(item, dict) and "n" in item:
        yield item["n"]


def raw(tensor: Any) -> Any:
    """A tensor's bytes, row-major, without a copy where that can be."""
    import torch

    return memoryview(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())

"""What a hostile process may write as a torch model, and that zone B refuses it before anything is computed."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.zone_b_probe.refused import RefusedModel
from worker.zone_b_probe.torch_facts import TorchModel
from worker.zone_b_probe.torch_graph import load
from worker.zone_b_probe.torch_ops import OPERATIONS

WEIGHT = {"name": "w", "shape": [10, 784], "dtype": "float32", "kind": "parameter", "trainable": True}
DATA = np.arange(7840, dtype="<f4").tobytes()


def a_node(name: str = "n0", operation: str = "aten.relu.default", *arguments: Any, **named: Any) -> list[Any]:
    return [name, operation, list(arguments) or [{"n": "in0"}], named]


def a_graph(*nodes: Any, outputs: Any = None, **changes: Any) -> dict[str, Any]:
    listed = list(nodes) or [a_node("n0", "aten.linear.default", {"n": "in0"}, {"w": 0})]
    inputs = [{"shape": [None, 784], "dtype": "float32"}]
    return {"inputs": inputs, "nodes": listed, "outputs": outputs or [{"n": listed[-1][0]}], **changes}


def refusal(graph: Any, weights: Any = (WEIGHT,), data: bytes = DATA) -> RefusedModel:
    with pytest.raises(RefusedModel) as refused:
        load(graph, list(weights) if isinstance(weights, tuple) else weights, data)
    return refused.value


def test_a_well_formed_graph_is_computed() -> None:
    model = TorchModel({"graph": a_graph(), "weights": [WEIGHT]}, DATA)

    out = model.predict(np.eye(784, dtype="float32")[:70])

    assert out.shape == (70, 10)
    assert out[3].tolist() == [3.0 + 784 * row for row in range(10)]
    assert model.describe()["parameters"] == 7840


@pytest.mark.parametrize(
    "operation",
    [
        "os.system", "builtins.eval", "aten.from_file.default", "aten.from_file", "aten.relu", "aten.__class__.default",
        "__import__", "aten.relu.__globals__", "aten.set_.source_Tensor", "aten.as_strided.default", "aten.empty.memory_format",
        "aten.resize_.default", "torch.load", "operator.attrgetter", "operator.methodcaller", "operator.pow", "prims.add",
        "inductor.accumulate_grad_", "aten.linear.default ", "", "grader_kit.lstm.default", "quantized.linear",
        "aten.record_stream", "higher_order.cond", "torchvision.read_file", "c10d.send", "aten.nonzero.default",
    ],
)  # fmt: skip
def test_an_operation_that_is_not_on_the_list_is_refused_by_name(operation: str) -> None:
    refused = refusal(a_graph(a_node("n0", operation)))

    assert refused.code == "missing.unsupported_layer"
    assert refused.values["layer"] == operation.removeprefix("aten.").removesuffix(".default")


def test_no_operation_on_the_list_reaches_files_memory_of_others_or_code() -> None:
    words = ("file", "load", "save", "set_", "strided", "storage", "resize", "empty", "stream", "exec", "eval", "import")

    assert not [name for name in OPERATIONS for word in words if word in name.split(".")[1]]


def test_operations_themselves_can_not_be_changed_by_a_graph() -> None:
    before = dict(OPERATIONS)
    refusal(a_graph(a_node("aten.relu.default", "os.system")))

    assert before == OPERATIONS


BOMB = 1 << 40


@pytest.mark.parametrize(
    "graph",
    [
        None, [], "graph", 7, {}, {"inputs": [], "nodes": [], "outputs": []},
        a_graph(outputs=[{"n": "n9"}]),
        a_graph(a_node("n0", "aten.relu.default", {"n": "n1"}), a_node("n1", "aten.relu.default", {"n": "n0"})),  # a cycle
        a_graph(a_node("n0", "aten.relu.default", {"n": "n0"})),
        a_graph(a_node("in0")), a_graph(a_node("n0"), a_node("n0")),  # a name that is taken
        a_graph(a_node("n0", "aten.relu.default", {"n": "in1"})),
        a_graph(a_node("n0", "aten.linear.default", {"n": "in0"}, {"w": 1})),
        a_graph(a_node("n0", "aten.linear.default", {"n": "in0"}, {"w": -1})),
        a_graph(a_node("n0", "aten.linear.default", {"n": "in0"}, {"w": True})),
        a_graph(a_node("n0", "aten.relu.default", {"n": "in0"}, out={"w": 0})),
        a_graph(a_node("n0", "aten.relu.default", {"n": "in0"}, __class__=1)),
        a_graph(a_node("n0", "aten.relu.default", {"n": "in0"}, **{"a b": 1})),
        a_graph(a_node("n0", "aten.relu.default", {"pickle": "gASV"})),
        a_graph(a_node("n0", "aten.relu.default", {"dtype": "__class__"})),
        a_graph(a_node("n0", "aten.relu.default", {"device": "cuda"})),
        a_graph(a_node("n0", "aten.relu.default", {"n": "in0", "w": 0})),
        a_graph(a_node("n0", "aten.relu.default", "x" * 10_000)),
        a_graph(a_node("n0", "aten.relu.default", 2**70)),
        a_graph(a_node("n0", "aten.relu.default", [[[[[[[[[1]]]]]]]]])),
        a_graph(*[a_node(f"n{number}") for number in range(6000)]),
        a_graph(a_node("n0", "aten.cat.default", [{"n": "in0"}] * 200_000)),
        a_graph(["n0", "aten.relu.default", [{"n": "in0"}]]), a_graph([["n0"], "aten.relu.default", [], {}]),
        a_graph(["n0", ["aten.relu.default"], [], {}]),
        a_graph(inputs=[{"shape": [BOMB], "dtype": "float32"}]), a_graph(inputs=[{"shape": [None, 2**30], "dtype": "float32"}]),
        a_graph(inputs=[{"shape": [], "dtype": "float32"}]), a_graph(inputs=[{"shape": [None, 784], "dtype": "object"}]),
        a_graph(inputs=[{"shape": [None, -1], "dtype": "float32"}]),
    ],
)  # fmt: skip
def test_a_graph_of_another_shape_is_refused(graph: Any) -> None:
    assert refusal(graph).code == "missing.refused"


@pytest.mark.parametrize(
    "nodes",
    [
        [a_node("n0", "aten.zeros.default", [BOMB])],
        [a_node("n0", "aten.full.default", [2**20, 2**20], 1.0)],
        [a_node("n0", "aten.arange.default", 1e12)],
        [a_node("n0", "aten.eye.default", 2**20)],
        [a_node("n0", "aten.expand.default", {"n": "in0"}, [2**16, 64, 784])],
        [a_node("n0", "aten.repeat.default", {"n": "in0"}, [2**20, 2**20])],
        [a_node("n0", "aten.constant_pad_nd.default", {"n": "in0"}, [2**33, 2**33])],
        [a_node("n0", "aten.unsqueeze.default", {"n": "in0"}, 0), a_node("n1", "aten.tile.default", {"n": "n0"}, [BOMB])],
        [a_node(f"n{number}", "aten.zeros.default", [100, 2**20]) for number in range(12)],  # each allowed, and all kept
    ],
)
def test_what_would_be_too_large_is_refused_before_it_is_allocated(nodes: list[Any]) -> None:
    refused = refusal(a_graph(*nodes, outputs=[{"n": node[0]} for node in nodes]))

    assert refused.code in ("missing.too_large", "missing.refused")


def test_arithmetic_on_sizes_takes_no_lists_and_no_towers() -> None:
    lists = a_graph(a_node("n0", "operator.mul", [0, 1, 2], 2**30))
    tower = [a_node("n0", "operator.mul", 2**39, 2**39)] + [
        a_node(f"n{number}", "operator.mul", {"n": f"n{number - 1}"}, {"n": f"n{number - 1}"}) for number in range(1, 40)
    ]

    assert refusal(lists).code == "missing.refused"
    assert refusal(a_graph(*tower)).code == "missing.refused"


@pytest.mark.parametrize(
    "changed",
    [
        {"shape": [1 << 40, 784]}, {"shape": [10, 785]}, {"shape": [10, 783]}, {"shape": [-10, -784]}, {"shape": ["10", 784]},
        {"shape": [10.0, 784]}, {"shape": [True, 784]}, {"shape": [0, *[2**31 - 1] * 7]}, {"shape": None},
        {"shape": [1] * 9 + [7840]},
        {"dtype": "object"}, {"dtype": "<f4"}, {"dtype": "complex64"}, {"dtype": None}, {"dtype": ["float32"]}, {"kind": "class"},
    ],
)  # fmt: skip
def test_arrays_that_are_not_what_they_declare_are_refused(changed: dict[str, Any]) -> None:
    assert refusal(a_graph(), ({**WEIGHT, **changed},)).code == "missing.refused"


@pytest.mark.parametrize("weights", [None, {}, "w", [None], [[]], [{}], [WEIGHT] * 6000])
def test_a_list_of_arrays_of_another_shape_is_refused(weights: Any) -> None:
    assert refusal(a_graph(), weights).code == "missing.refused"


class Exploit:
    """What a pickle may hold."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("form", ["pickle", "pt", "pt2"])
def test_bytes_that_torch_would_have_run_are_only_numbers(form: str, tmp_path: Path) -> None:
    data = pickle.dumps(Exploit(tmp_path / "ran"))
    if form != "pickle":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("archive/data.pkl" if form == "pt" else "data/sample_inputs/model.pt", data)
        data = packed.getvalue()
    data += bytes(-len(data) % 40)
    weight = {**WEIGHT, "shape": [10, len(data) // 40]}
    graph = a_graph(inputs=[{"shape": [None, len(data) // 40], "dtype": "float32"}])

    model = TorchModel({"graph": graph, "weights": [weight]}, data)
    model.predict(np.ones((3, len(data) // 40), dtype="float32"))

    assert not (tmp_path / "ran").exists()
    assert refusal(a_graph(), (WEIGHT,), data).code == "missing.refused"


def test_a_true_or_false_that_is_neither_becomes_one_of_them() -> None:
    mask = {"name": "mask", "shape": [4], "dtype": "bool", "kind": "buffer"}
    found = load(a_graph(a_node("n0")), [mask], b"\x00\x01\x02\xff")

    assert found.arrays[0].tensor.tolist() == [False, True, True, True]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(sorted(OPERATIONS)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["n", "w", "dtype", "f", "inputs", "nodes", "outputs", "shape", "kind"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@given(anything, anything)
def test_no_json_makes_the_reader_raise_anything_but_a_refusal(graph: Any, weights: Any) -> None:
    for made in (graph, a_graph(a_node("n0", "aten.add.Tensor", graph)), a_graph(inputs=graph), a_graph(outputs=graph)):
        try:
            load(made, weights, b"")
        except RefusedModel:
            continue


@given(
    st.sampled_from(sorted(OPERATIONS)),
    st.lists(st.sampled_from([{"n": "in0"}, {"w": 0}, 1, -1, 0.5, [1, 2], None, "mean", True])),
)
def test_no_operation_with_wrong_arguments_raises_anything_but_a_refusal(operation: str, arguments: list[Any]) -> None:
    try:
        load(a_graph(["n0", operation, arguments, {}]), [WEIGHT], DATA)
    except RefusedModel:
        return


def test_data_that_become_an_index_or_are_scattered_are_seen_as_such() -> None:
    """Else one visible Linear could be a table, and its answers come from anywhere."""
    graph = a_graph(
        ["z", "aten.linear.default", [{"n": "in0"}, {"w": 0}], {}],
        ["q", "aten.to.dtype", [{"n": "in0"}, {"dtype": "int64"}], {}],
        ["v", "aten.view.default", [{"n": "q"}, [50176]], {}],
        ["f", "aten.view.default", [{"n": "in0"}, [50176]], {}],
        ["flat", "aten.view.default", [{"n": "z"}, [640]], {}],
        ["s", "aten.index_put.default", [{"n": "flat"}, [{"n": "v"}], {"n": "f"}, True], {}],
        ["y", "aten.view.default", [{"n": "s"}, [64, 10]], {}],
    )
    graph["inputs"] = [{"shape": [64, 784], "dtype": "float32"}]

    kinds = [layer["kind"] for layer in TorchModel({"graph": graph, "weights": [WEIGHT]}, DATA).describe()["layers"]]

    assert {"ToInteger", "Scatter"} <= set(kinds)


@pytest.mark.parametrize(("share", "kind"), [(0.0, "Identity"), (0.25, "Dropout")])
def test_a_dropout_that_drops_nothing_is_none(share: float, kind: str) -> None:
    graph = a_graph(
        ["d", "aten.dropout.default", [{"n": "in0"}, share, False], {}],
        ["y", "aten.linear.default", [{"n": "d"}, {"w": 0}], {}],
    )

    first, _ = TorchModel({"graph": graph, "weights": [WEIGHT]}, DATA).describe()["layers"]

    assert first["kind"] == kind


def test_an_array_that_is_used_by_many_ways_is_one_array() -> None:
    doubling = [[f"d{at}", "aten.add.Tensor", [{"n": f"d{at - 1}"} if at else {"w": 0}] * 2, {}] for at in range(24)]
    graph = a_graph(*doubling, ["y", "aten.linear.default", [{"n": "in0"}, {"n": "d23"}], {}])

    (layer,) = TorchModel({"graph": graph, "weights": [WEIGHT]}, DATA).describe()["layers"]

    assert layer["weights"] == [[10, 784]]

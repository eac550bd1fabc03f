from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from grader.checks.kinds.architecture import Rule, architecture
from grader.checks.values import Layer, ModelEvidence, Outcome
from tests.worker.styles import table
from tests.worker.styles.collected import ROOT, Style, styles

ALL = [style for framework in ("keras", "torch") for style in styles(framework)]
ROUNDING = {"mixed_precision": 1e-2, "half": 1e-2}


@cache
def came(framework: str) -> dict[str, dict[str, Any]]:
    """What came of each style of a framework: one process for all of them."""
    command = [sys.executable, "-m", "tests.worker.styles.collected", framework]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return {one["name"]: one for one in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.slow
@pytest.mark.parametrize("style", ALL, ids=lambda style: f"{style.framework}-{style.name}")
def test_a_style_is_measured_as_it_is_or_refused_with_its_reason(style: Style) -> None:
    found = came(style.framework)[style.name]

    assert (found["outcome"], found["noticed"]) == (style.expected, ""), found["why"]
    if style.expected == "inert":
        assert found["counted"] == found["own_count"]
        assert found["difference"] <= ROUNDING.get(style.name, 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("view_relu_log_softmax", ["Flatten", "Linear", "ReLU", "Linear", "LogSoftmax"]),
        ("own_layer", ["Flatten", "Linear", "ReLU", "Linear"]),
        ("einsum", ["Flatten", "Linear", "Tanh", "Linear"]),
        ("batch_norm_1d", ["Flatten", "Linear", "BatchNorm1d", "LeakyReLU", "Linear"]),
        ("swish_by_hand", ["Flatten", "Linear", "Sigmoid", "Activation", "Linear"]),
        ("normalised_inside", ["Rescaling", "Rescaling", "Flatten", "Linear"]),
    ],
)
def test_layers_are_read_out_of_what_is_computed(name: str, layers: list[str]) -> None:
    assert [layer["kind"] for layer in came("torch")[name]["layers"]] == layers


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("sequential", (128,)), ("view_relu_log_softmax", (128,)), ("own_layer", (32,)), ("einsum", (20,)),
        ("batch_norm_1d", (64,)), ("swish_by_hand", (32,)), ("compiled", (32,)), ("data_parallel", (32,)), ("module_dict", (64,)),
        ("tied_weights", (784, 784)),
        ("normalised_inside", ()), ("view_minus_one", ()), ("softmax_wrapped", ()), ("weight_norm", ()), ("half", ()),
    ],
)  # fmt: skip
def test_a_dense_net_in_torch_passes_the_rule_of_architecture(name: str, hidden: tuple[int, ...]) -> None:
    found = came("torch")[name]
    layers = tuple(
        Layer(one["kind"], one["parameters"], one["units"], one["activation"], tuple(one["output_shape"]))
        for one in found["layers"]
    )
    model = ModelEvidence("m000", "torch", "model", 1, layers, *found["counted"])

    judged = architecture(Rule(linear=not hidden, dense_hidden=hidden), model)

    assert (judged.outcome, judged.hint) == (Outcome.PASSED, None), judged
    assert sum(layer.parameters for layer in layers) >= model.parameters


def test_the_table_of_styles_in_the_docs_is_of_these_styles() -> None:
    rows = [(line.split("|")[1].strip(), line.split("|")[2].strip()) for line in table.rows_of(table.PAGE.read_text("utf-8"))]

    assert rows == [(style.title, table.said(style.expected)) for style in ALL]

from __future__ import annotations

from typing import Any

import pytest

from grader.checks.kinds.convolutional import Blocks
from grader.checks.values import Layer, Outcome
from tests.checks.makers import a_model, layer, verdict

SHORT = Blocks(convolutions=2)
EITHER = Blocks(convolutions=2, or_hidden=(600, 120), dropout="free")


def conv(width: int, kind: str = "Conv2d") -> Layer:
    return Layer(kind, 320, width, None, (None, width, 14, 14), ((width, 1, 3, 3), (width,)))


def linear(units: int, kind: str = "Linear", shape: tuple[int | None, ...] | None = None) -> Layer:
    return Layer(kind, 10 * units, units, None, shape or (None, units), ((units, 10),))


def blocks(*widths: int) -> list[Layer]:
    norm = Layer("BatchNorm2d", 64, None, None, (None, 32, 28, 28), ((32,), (32,)))
    return [one for width in widths for one in (conv(width), norm, layer("ReLU"), layer("MaxPool2d"))]


SHORTENED = [*blocks(32, 64), layer("Flatten"), linear(10)]
BASE = [*blocks(32, 64), layer("Flatten"), linear(600), layer("Dropout"), linear(120), linear(10)]


@pytest.mark.parametrize(
    "layers",
    [
        SHORTENED,
        [*blocks(32, 64), layer("Flatten"), linear(600)],  # the layers deleted literally
        [*blocks(16, 16, 128), linear(10), layer("LogSoftmax")],
        [layer("Rescaling"), *blocks(8, 8), layer("Identity"), layer("AdaptiveAvgPool2d"), layer("Add"), linear(10)],
        [conv(32, "Conv2D"), layer("BatchNormalization"), conv(64, "SeparableConv2D"), linear(10, "Dense")],
    ],
)
def test_convolutions_and_one_linear_layer_pass_in_every_style(layers: list[Layer]):
    assert verdict(SHORT, "convolutional", model=a_model(layers=layers)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("layers", "code", "values"),
    [
        (BASE, "linear_layers", {"found": 3}),
        ([*blocks(32, 64), linear(600), linear(10)], "linear_layers", {"found": 2}),
        ([*blocks(32, 64), layer("Dropout"), linear(10)], "dropout", {"kind": "Dropout"}),
        ([*blocks(32, 64), linear(10), layer("Dropout2d")], "dropout", {"kind": "Dropout2d"}),
        ([*blocks(32), linear(10)], "too_few", {"found": 1, "wanted": 2}),
        ([linear(10)], "too_few", {"found": 0, "wanted": 2}),
        (blocks(32, 64), "no_linear", {}),
        ([*blocks(32, 64), linear(10), conv(3)], "after_linear", {}),
        ([*blocks(32, 64), linear(9)], "outputs", {"found": 9, "wanted": 10}),
        ([*blocks(32, 64), linear(10, shape=(None, 64, 7, 10))], "not_flattened", {}),
        ([*blocks(32, 64), Layer("LSTM", 1000, 64), linear(10)], "other_layer", {"kind": "LSTM"}),
    ],
)
def test_what_is_too_much_or_missing_is_told(layers: list[Layer], code: str, values: dict[str, Any]):
    judged = verdict(SHORT, "convolutional", model=a_model(layers=layers))

    assert (judged.outcome, judged.code, dict(judged.values)) == (Outcome.FAILED, code, values)


@pytest.mark.parametrize("kind", ["Scatter", "ToInteger", "Slice", "Lambda"])
def test_a_layer_that_learns_nothing_and_is_not_known_is_for_a_person(kind: str):
    judged = verdict(SHORT, "convolutional", model=a_model(layers=[*SHORTENED, layer(kind)]))

    assert (judged.outcome, judged.code) == (Outcome.REVIEW, "unknown_layer")


@pytest.mark.parametrize("layers", [SHORTENED, BASE, [one for one in BASE if one.kind != "Dropout"]])
def test_hidden_layers_that_are_named_are_accepted_as_well_as_none(layers: list[Layer]):
    assert verdict(EITHER, "convolutional", model=a_model(layers=layers)).outcome is Outcome.PASSED


@pytest.mark.parametrize("hidden", [(600,), (601, 120), (120, 600), (600, 120, 120)])
def test_other_hidden_layers_than_those_named_are_told(hidden: tuple[int, ...]):
    layers = [*blocks(32, 64), *(linear(width) for width in hidden), linear(10)]

    judged = verdict(EITHER, "convolutional", model=a_model(layers=layers))

    assert (judged.code, judged.values["wanted"]) == ("hidden", "600, 120")

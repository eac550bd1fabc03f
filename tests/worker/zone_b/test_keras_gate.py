from __future__ import annotations

from typing import Any

import pytest

from worker.zone_b_probe import keras_gate, preparations


def a_layer(name: str = "Dense", module: str = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": {"units": 10, **config}, "registered_name": None}


def a_model(*layers: Any) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"layers": list(layers)}, "registered_name": None}


def a_function(name: str, module: str = "builtins") -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


def test_standard_layers_pass_unchanged_and_training_is_dropped() -> None:
    config = {**a_model(a_layer(), a_layer("Dropout")), "compile_config": {"loss": "anything"}}

    assert keras_gate.checked(config) == a_model(a_layer(), a_layer("Dropout"))


def test_an_activation_given_as_a_function_becomes_its_name() -> None:
    clean = keras_gate.checked(a_model(a_layer(activation=a_function("softmax_v2"))))

    assert clean["config"]["layers"][0]["config"]["activation"] == "softmax"


@pytest.mark.parametrize(
    "layer",
    [
        a_layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAA"}}),
        a_layer("Lambda", function=a_function("load_model", "keras.models")),
        a_layer("Lambda", function=a_function("system", "os")),
        a_layer("Dense", module="evil.package"),
        a_layer("TorchModuleWrapper"),
        a_layer("TFSMLayer"),
        a_layer("StringLookup"),
        a_layer("Dense", activation=a_function("system", "os")),
        {**a_layer(), "registered_name": "My>Dense"},
        {"module": "os", "config": "system"},
        a_layer(kernel_initializer={"module": "keras.initializers", "class_name": "a b", "config": {}, "registered_name": None}),
        a_layer("keras_tensor", module="__main__"),
        a_layer(activation={"module": "keras.initializers", "class_name": "get", "config": "relu", "registered_name": None}),
        a_layer(activation={"module": "keras.constraints", "class_name": "UnitNorm", "config": {}, "registered_name": None}),
        a_layer(kernel_initializer={"module": "keras.initializers", "class_name": "deserialize", "config": {}}),
        a_layer(kernel_regularizer={"module": "keras.initializers", "class_name": "Zeros", "config": {}}),
        {**a_layer(), "class_name": ["Dense"]},
    ],
)
def test_anything_else_is_refused_by_name(layer: Any) -> None:
    with pytest.raises(keras_gate.RefusedModel) as refusal:
        keras_gate.checked(a_model(layer))

    assert refusal.value.code in ("missing.unsupported_layer", "missing.refused")


def test_a_configuration_too_deep_is_refused_before_recursion_bites() -> None:
    config: Any = {}
    for _ in range(2000):
        config = {"config": config}

    with pytest.raises(keras_gate.RefusedModel):
        keras_gate.checked(config)


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [(0.286, 0.353, "unit"), (72.9, 90.0, "raw"), (-0.428, 0.706, "signed")],
)
def test_the_scale_is_chosen_by_what_was_fed(mean: float, std: float, expected: str) -> None:
    assert preparations.choose({"mean": mean, "std": std}) == [expected]


@pytest.mark.parametrize("feed", [None, {}, {"mean": "x"}, {"mean": 40.0, "std": 3.0}, {"mean": float("nan"), "std": 1.0}])
def test_without_a_credible_claim_every_scale_is_tried(feed: Any) -> None:
    assert preparations.choose(feed) == [*preparations.SCALES, preparations.PIXELS]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.kinds.architecture import Rule
from grader.checks.kinds.parameter_count import Exactly
from grader.checks.kinds.typed_count import TypedCount
from grader.checks.values import Layer, Outcome
from tests.checks.makers import a_model, dense, layer, net, verdict

LINEAR = Rule(linear=True)
DEEP = Rule(dense_hidden=(128, 128))


@pytest.mark.parametrize(
    "layers",
    [
        net(10),
        (dense(10, 784),),
        (layer("Rescaling", (None, 28, 28)), layer("Flatten"), dense(10, 784), layer("Softmax")),
        (layer("Reshape"), layer("Dropout"), dense(10, 784, "sigmoid")),
        (layer("BatchNormalization"), dense(10, 784), layer("Activation")),
        (layer("flatten"), Layer("Linear", 7850, 10, None, (None, 10)), layer("log_softmax")),
    ],
)
def test_one_dense_map_is_linear_in_every_style(layers):
    assert verdict(LINEAR, "architecture", model=a_model(layers=layers)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("layers", "code", "values"),
    [
        (net(128, 10), "hidden_layers", {"found": 1, "wanted": 0}),
        ((layer("Conv2D"), *net(10)), "convolution", {"kind": "Conv2D"}),
        ((layer("MaxPooling2D"), *net(10)), "not_dense", {"kind": "MaxPooling2D"}),
        ((layer("LSTM"), *net(10)), "not_dense", {"kind": "LSTM"}),
        ((layer("LayerNormalization"), *net(10)), "not_dense", {"kind": "LayerNormalization"}),
        (net(12), "outputs", {"found": 12, "wanted": 10}),
        ((layer("Flatten"),), "no_dense", {}),
        ((), "no_dense", {}),
        ((Layer("Dense", 290, 10, None, (None, 28, 10)),), "not_flattened", {"layer": 1}),
    ],
)
def test_what_is_not_linear_is_told_what_it_is(layers, code, values):
    judged = verdict(LINEAR, "architecture", model=a_model(layers=layers))

    assert (judged.outcome, judged.code, dict(judged.values)) == (Outcome.FAILED, code, values)


@pytest.mark.parametrize(
    "layers",
    [
        net(128, 128, 10),
        net(128, 128, 10, activation="gelu"),
        (dense(128, 784), layer("ReLU"), layer("Dropout"), dense(128, 128), layer("LeakyReLU"), dense(10, 128)),
        (dense(128, 784), layer("BatchNormalization"), layer("ReLU"), dense(128, 128, "tanh"), dense(10, 128)),
    ],
)
def test_two_hidden_layers_of_128_pass_in_every_style(layers):
    judged = verdict(DEEP, "architecture", model=a_model(layers=layers))

    assert (judged.outcome, judged.hint) == (Outcome.PASSED, None)


@pytest.mark.parametrize(
    ("widths", "code", "values"),
    [
        ((10,), "hidden_layers", {"found": 0, "wanted": 2}),
        ((128, 10), "hidden_layers", {"found": 1, "wanted": 2}),
        ((128, 128, 128, 10), "hidden_layers", {"found": 3, "wanted": 2}),
        ((127, 128, 10), "units", {"layer": 1, "found": 127, "wanted": 128}),
        ((128, 64, 10), "units", {"layer": 2, "found": 64, "wanted": 128}),
        ((128, 128, 1), "outputs", {"found": 1, "wanted": 10}),
    ],
)
def test_the_first_difference_is_told(widths, code, values):
    judged = verdict(DEEP, "architecture", model=a_model(*widths))

    assert (judged.outcome, judged.code, dict(judged.values)) == (Outcome.FAILED, code, values)


def test_a_net_without_activations_passes_with_a_hint_why_it_is_no_better():
    judged = verdict(DEEP, "architecture", model=a_model(layers=net(128, 128, 10, activation=None)))

    assert (judged.outcome, judged.hint) == (Outcome.PASSED, "hint.no_activation")


def test_a_rule_is_one_thing_or_the_other():
    with pytest.raises(ValueError, match="either"):
        Rule(linear=True, dense_hidden=(128,))
    with pytest.raises(ValueError, match="either"):
        Rule()


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4))
def test_only_two_layers_of_128_are_two_layers_of_128(widths):
    judged = verdict(DEEP, "architecture", model=a_model(*widths))

    assert (judged.outcome is Outcome.PASSED) == (widths == [128, 128, 10])


# ------------------------------------------------------------------ counting


def test_the_right_count_passes():
    assert verdict(Exactly(118_282), "parameter_count", model=a_model(128, 128, 10)).values == {"counted": 118_282}


def test_a_model_built_without_biases_is_told_so():
    judged = verdict(Exactly(118_282), "parameter_count", model=a_model(layers=net(128, 128, 10, biased=False)))

    assert (judged.outcome, judged.hint, judged.values) == (Outcome.FAILED, "hint.biases_missing", {"counted": 118_016})


def test_a_known_count_is_explained():
    judged = verdict(Exactly(118_282, slips={"101770": "hint.one_hidden"}), "parameter_count", model=a_model(128, 10))

    assert judged.hint == "hint.one_hidden"


def test_the_right_number_from_elsewhere_is_told_that_the_notebook_must_contain_the_model():
    judged = verdict(Exactly(118_282), "parameter_count", model=a_model(128, 10), answer="118 282")

    assert (judged.outcome, judged.hint) == (Outcome.FAILED, "hint.notebook_must_contain")


def test_trainable_and_total_are_told_apart():
    model = a_model(128, 128, 10, parameters=118_794, trainable_parameters=118_282)

    assert verdict(Exactly(118_282, of="trainable"), "parameter_count", model=model).outcome is Outcome.PASSED
    assert verdict(Exactly(118_282), "parameter_count", model=model).outcome is Outcome.FAILED


COUNT = TypedCount(118_282, slips={"354848": "hint.optimizer_counted"})


@pytest.mark.parametrize("typed", ["118282", "118 282", "118,282", "118.282", "118 282 параметра", "118282,0"])
def test_every_spelling_of_the_count_passes(typed):
    assert verdict(COUNT, "typed_count", answer=typed).outcome is Outcome.PASSED


def test_a_wrong_count_fails_with_a_hint():
    judged = verdict(COUNT, "typed_count", answer="354,848")

    assert (judged.outcome, judged.values, judged.hint) == (Outcome.FAILED, {"typed": 354848}, "hint.optimizer_counted")


@pytest.mark.parametrize("typed", ["118282 %", "> 118282", "118282,5", "-118282"])
def test_what_is_no_such_count_fails(typed):
    assert verdict(COUNT, "typed_count", answer=typed).outcome is Outcome.FAILED


def test_an_empty_or_unreadable_count_costs_nothing_with_a_notebook():
    assert verdict(COUNT, "typed_count").code == "empty"
    assert verdict(COUNT, "typed_count", answer="много").code == "unread"
    assert verdict(COUNT, "typed_count", alone=True).code == "empty_alone"
    assert verdict(COUNT, "typed_count", answer="много", alone=True).code == "unreadable"

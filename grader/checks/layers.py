"""Kinds of layers by what they do, in the spelling of either framework: `kind_of` makes one word of `BatchNorm1d`."""

from __future__ import annotations

from grader.checks.values import Layer

DENSE = frozenset({"dense", "linear"})
ACTIVATIONS = frozenset(
    [
        "activation",
        "softmax",
        "logsoftmax",
        "relu",
        "relu6",
        "leakyrelu",
        "prelu",
        "elu",
        "selu",
        "gelu",
        "silu",
        "tanh",
        "sigmoid",
        "softplus",
        "softsign",
        "thresholdedrelu",
        "threshold",
        "logsigmoid",
        "hardtanh",
        "hardsigmoid",
        "hardswish",
        "mish",
        "celu",
    ]
)
FREE = ACTIVATIONS | frozenset(
    [
        "input",
        "inputlayer",
        "flatten",
        "reshape",
        "view",
        "rescaling",
        "normalization",
        "identity",
        "dropout",
        "gaussiandropout",
        "gaussiannoise",
        "alphadropout",
        "activityregularization",
        "batchnormalization",
        "batchnorm1d",
        "layernormalization",
        "layernorm",
        "cast",
        "permute",
    ]
)


def kind_of(layer: Layer) -> str:
    """The class's name in small letters, without `_`."""
    return layer.kind.replace("_", "").lower()

"""The gate for a Keras configuration that a student's process wrote: an allow-list over plain data, then the rebuild.

`deserialize_keras_object` imports what a configuration names, so nothing reaches it that is not on the list: layers that
compute only what their name says, and the initialisers, regularisers and constraints that come with them. No Lambda, no
registered class, no function object. What is refused says which layer it was. History of why: CVE-2024-3660 (Lambda),
CVE-2025-1550 (any module), CVE-2025-8747 and -9906 (code reuse through allowed functions).
"""

from __future__ import annotations

import os
from typing import Any

from .refused import RefusedModel

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

MAX_DEPTH = 40
MAX_NODES = 20_000
_LAYERS = [
    "Activation",
    "ActivityRegularization",
    "Add",
    "AlphaDropout",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "BatchNormalization",
    "Bidirectional",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Cropping2D",
    "Dense",
    "DepthwiseConv2D",
    "Dot",
    "Dropout",
    "ELU",
    "Embedding",
    "Flatten",
    "GRU",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GroupNormalization",
    "InputLayer",
    "LSTM",
    "LSTMCell",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "MaxPooling1D",
    "MaxPooling2D",
    "Maximum",
    "Minimum",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "SeparableConv2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "Subtract",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling2D",
    "ZeroPadding2D",
]
_MODELS = {("keras", "Sequential"), ("keras", "Functional"), ("keras.src.models.functional", "Functional")}
# What may stand in a layer's field besides plain values: a class of the field's own module, and nothing callable else.
_PARTS = {
    "initializer": (
        "keras.initializers",
        {
            "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "LecunNormal", "LecunUniform",
            "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros",
        },
    ),
    "regularizer": ("keras.regularizers", {"L1", "L1L2", "L2", "OrthogonalRegularizer"}),
    "constraint": ("keras.constraints", {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"}),
}  # fmt: skip
_ACTIVATIONS = {
    "elu", "exponential", "gelu", "hard_sigmoid", "leaky_relu", "linear", "log_softmax", "relu", "relu6", "selu",
    "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh",
}  # fmt: skip


def checked(node: Any, field: str = "", depth: int = 0, count: list[int] | None = None) -> Any:
    """The configuration again, with nothing in it that is not on the list.

    Raises:
        RefusedModel: something is not.
    """
    count = count if count is not None else [0]
    count[0] += 1
    if depth > MAX_DEPTH or count[0] > MAX_NODES:
        raise RefusedModel("missing.refused", reason="the configuration is too deep or too long")
    if isinstance(node, list):
        return [checked(item, field, depth + 1, count) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("class_name") == "__keras_tensor__":
        return {"class_name": "__keras_tensor__", "config": _plain(node.get("config"))}
    if node.get("class_name") == "function":
        return _activation(node)
    if "class_name" in node:
        _allowed(node, field)
    elif "module" in node or "registered_name" in node:
        raise RefusedModel("missing.refused", reason="an object without a class")
    return {str(key): checked(value, str(key), depth + 1, count) for key, value in node.items() if key != "compile_config"}


def _allowed(node: dict[str, Any], field: str) -> None:
    module, name, registered = node.get("module"), node.get("class_name"), node.get("registered_name")
    known = isinstance(name, str) and (
        (module, name) in _MODELS
        or (module == "keras.layers" and name in _LAYERS)
        or (module == "keras" and name == "DTypePolicy")
        or any(field.endswith(part) and module == home and name in names for part, (home, names) in _PARTS.items())
    )
    if not known or registered not in (None, name):
        raise RefusedModel("missing.unsupported_layer", layer=str(name)[:60])


def _activation(node: dict[str, Any]) -> str:
    """A function is let through only as the name of an activation; the name is what the rebuild gets."""
    name = str(node.get("config")).removesuffix("_v2")  # tf.nn.softmax calls itself softmax_v2
    if name not in _ACTIVATIONS:
        raise RefusedModel("missing.unsupported_layer", layer=name[:60])
    return name


def _plain(config: Any) -> Any:
    if not isinstance(config, dict) or set(config) - {"shape", "dtype", "keras_history", "name", "sparse", "ragged"}:
        raise RefusedModel("missing.refused", reason="a tensor with unknown fields")
    return config


def rebuild(config: dict[str, Any], shapes: list[dict[str, Any]], data: bytes) -> Any:
    """A Keras model from a checked configuration and raw arrays.

    Args:
        config: what `to_json` gave, as parsed.
        shapes: for each weight `{"shape": [...], "dtype": "<f4"}`, in the model's own order.
        data: the arrays one after another, row-major, little-endian.

    Raises:
        RefusedModel: not on the list, or the arrays don't fit the configuration.
    """
    import keras
    import numpy

    clean = checked(config)
    if not isinstance(clean, dict):
        raise RefusedModel("missing.refused", reason="the configuration is no object")
    try:
        model = keras.saving.deserialize_keras_object(clean, safe_mode=True)
    except Exception as problem:
        raise RefusedModel("missing.refused", reason=f"{type(problem).__name__}: {problem}"[:200]) from problem
    weights, at = [], 0
    for item in shapes:
        shape, dtype = tuple(item["shape"]), item["dtype"]
        if dtype not in ("<f4", "<f8") or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
            raise RefusedModel("missing.refused", reason="an array of an unknown type")
        length = int(numpy.prod(shape, dtype=object)) * int(dtype[2])
        if at + length > len(data):
            raise RefusedModel("missing.refused", reason="the arrays are shorter than declared")
        weights.append(numpy.frombuffer(data[at : at + length], dtype).reshape(shape))
        at += length
    if [tuple(w.shape) for w in model.weights] != [w.shape for w in weights] or at != len(data):
        raise RefusedModel("missing.refused", reason="the arrays do not fit the layers")
    model.set_weights(weights)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):  # it computes with what it made of its weights when it was built
            layer.finalize_state()
    return model

"""Names of Keras 1 and 2 and of TensorFlow 1, and what they are today.

What TensorFlow 1 had at its top is taken from `tf.compat.v1`, where it still lives. `tf.contrib` is nowhere: it fails, and the
exception is explained.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

from _grader_kit.adapt import hooks, moved
from _grader_kit.adapt.notes import note

BASES = ("keras", "keras._tf_keras.keras", "tensorflow.keras", "tensorflow.python.keras")
LAYERS = (
    "core",
    "convolutional",
    "pooling",
    "normalization",
    "advanced_activations",
    "recurrent",
    "embeddings",
    "merge",
    "noise",
)
MODULES = {
    "utils.np_utils": "utils",
    "utils.vis_utils": "utils",
    "utils.generic_utils": "utils",
    "engine": "layers",
    "engine.topology": "layers",
    "engine.training": "models",
    "engine.sequential": "models",
    "objectives": "losses",
    "optimizer_v2": "optimizers",
    "optimizers.adam_v2": "optimizers",
    "optimizers.gradient_descent_v2": "optimizers",
    "layers.experimental": "layers",
    "layers.experimental.preprocessing": "layers",
    "layers.convolutional.conv2d": "layers",
    "preprocessing.text": "_tf_keras.keras.preprocessing.text",
    **{f"layers.{name}": "layers" for name in LAYERS},
}
LEGACY = "keras._tf_keras.keras"
NAMES: dict[str, dict[str, moved.Target]] = {
    "utils": {"np_utils": "keras.utils", "vis_utils": "keras.utils", "generic_utils": "keras.utils"},
    "layers": {"experimental": lambda: _Experimental("keras.layers"), **dict.fromkeys(("core", "merge"), "keras.layers")},
    "preprocessing.image": {"ImageDataGenerator": f"{LEGACY}.preprocessing.image.ImageDataGenerator"},
    "preprocessing": {"text": f"{LEGACY}.preprocessing.text"},
    "optimizers": {
        "adam": "keras.optimizers.Adam",
        "sgd": "keras.optimizers.SGD",
        "rmsprop": "keras.optimizers.RMSprop",
        "experimental": "keras.optimizers",
        "adam_v2": "keras.optimizers",
        "gradient_descent_v2": "keras.optimizers",
    },
    "losses": {
        name: f"keras.losses.{full}" for name, full in {"mse": "mean_squared_error", "mae": "mean_absolute_error"}.items()
    },
    "metrics": {
        name: f"keras.losses.{full}" for name, full in {"mse": "mean_squared_error", "mae": "mean_absolute_error"}.items()
    },
    "backend": {
        "set_value": lambda: _set_value,
        **{
            name: f"{LEGACY}.backend.{name}"
            for name in (
                *(
                    "abs",
                    "argmax",
                    "cast",
                    "clip",
                    "concatenate",
                    "constant",
                    "dot",
                    "equal",
                    "exp",
                    "expand_dims",
                    "flatten",
                    "log",
                ),
                *(
                    "max",
                    "mean",
                    "min",
                    "ones",
                    "pow",
                    "random_normal",
                    "relu",
                    "reshape",
                    "round",
                    "sigmoid",
                    "shape",
                    "softmax",
                ),
                *("sqrt", "square", "sum", "transpose", "variable", "zeros", "get_value", "eval", "int_shape"),
                *("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "set_learning_phase"),
            )
        },
    },
    "": {"objectives": "keras.losses", "engine": "keras.layers"},
}
TENSORFLOW: dict[str, str] = {
    "log": "tensorflow.math.log",
    "set_random_seed": "tensorflow.random.set_seed",
    "lgamma": "tensorflow.math.lgamma",
    "random_normal": "tensorflow.random.normal",
    "random_uniform": "tensorflow.random.uniform",
    "truncated_normal": "tensorflow.random.truncated_normal",
    "random_shuffle": "tensorflow.random.shuffle",
    "matrix_inverse": "tensorflow.linalg.inv",
    "ceil": "tensorflow.math.ceil",
    "is_nan": "tensorflow.math.is_nan",
}
V1 = ("train", "losses", "logging", "gfile", "summary", "nn", "random", "layers", "math", "metrics", "app", "flags", "image")


def _set_value(variable: Any, value: Any) -> None:
    """variable.assign(value)"""
    variable.assign(value)


class _Experimental(ModuleType):
    """`layers.experimental`: both itself and its `preprocessing` are the layers of today."""

    def __init__(self, name: str) -> None:
        super().__init__(name + ".experimental")

    def __getattr__(self, name: str) -> Any:
        return self if name == "preprocessing" else moved.find(f"keras.layers.{name}")


def install(shell: Any) -> None:
    gone = {f"{base}.{old}": f"keras.{new}" for base in BASES[:3] for old, new in MODULES.items()}
    sys.meta_path.append(moved.Modules(gone))
    for base in BASES[:3]:
        shown = "keras" if base == "keras" else "tf.keras"
        for module, names in NAMES.items():
            hooks.after(
                f"{base}.{module}".rstrip("."), functools.partial(_offer, names=names, shown=f"{shown}.{module}".rstrip("."))
            )
        hooks.after(f"{base}.optimizers.legacy", _legacy_optimizers)
    hooks.after("keras", lambda keras: _legacy_optimizers(keras.optimizers.legacy))  # it was there before the others were
    for part in ("", *V1):
        hooks.after(f"tensorflow.{part}".rstrip("."), functools.partial(_version_1, part=part))


def _offer(module: ModuleType, names: dict[str, moved.Target], shown: str) -> None:
    moved.offer(module, {name: target for name, target in names.items() if name not in module.__dict__}, shown)


def _legacy_optimizers(module: ModuleType) -> None:
    """`optimizers.legacy.Adam` fails with a page of text; the optimizer of today does the same."""
    import keras

    for name in ("Adam", "SGD", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl"):
        setattr(
            module, name, _noting(getattr(keras.optimizers, name), f"keras.optimizers.legacy.{name}", f"keras.optimizers.{name}")
        )


def _noting(thing: Any, old: str, new: str) -> Any:
    @functools.wraps(thing, updated=())
    def make(*args: Any, **kwargs: Any) -> Any:
        note("note.moved", old=old, new=new)
        return thing(*args, **kwargs)

    return make


def _version_1(tensorflow: ModuleType, part: str) -> None:
    """What `tf.X` or `tf.train.X` has no more is looked for in `tf.compat.v1`."""
    if part == "":
        for name in V1:
            inner = tensorflow.__dict__.get(name)
            if isinstance(inner, ModuleType) and "__getattr__" not in inner.__dict__:
                _version_1(inner, name)
    dotted = f"tf.{part}".rstrip(".")
    ordinary = tensorflow.__dict__.get("__getattr__")

    def __getattr__(name: str) -> Any:  # noqa: N807 - the module's own
        if not name.startswith("_") and moved.asked_by_notebook(sys._getframe(1)):
            new = TENSORFLOW.get(name) if part == "" else None
            target = new or f"tensorflow.compat.v1.{part}.{name}".replace("..", ".")
            try:
                value = _reach(target)
            except AttributeError:
                pass
            else:
                note("note.moved", old=f"{dotted}.{name}", new=target.replace("tensorflow.", "tf."))
                return value
        if ordinary is not None:
            return ordinary(name)
        raise AttributeError(f"module {tensorflow.__name__!r} has no attribute {name!r}")

    tensorflow.__getattr__ = __getattr__  # type: ignore[method-assign]


def _reach(dotted: str) -> Any:
    value: Any = sys.modules["tensorflow"]
    for name in dotted.split(".")[1:]:
        value = value.__dict__[name] if name in value.__dict__ else getattr(value, name)
    return value

"""Keras models as plain data: the configuration as JSON and the weights as raw little-endian arrays.

No pickle, archive or HDF5: what zone B reads is a text and numbers. A subclassed model of standard layers is first
traced into a functional one by calling it on a symbolic input. Models are caught at the end of each `fit`, and after each
cell wherever a variable (or a list or dict in one) holds one that was not seen with these weights.
"""

from __future__ import annotations

import hashlib
import json
import sys
from types import ModuleType
from typing import Any

from _grader_kit import predictions
from _grader_kit.shelf import MAX_BYTES, AfterImport, Shelf

SAMPLE = 512


class KerasModels:
    """Catches Keras models and puts them on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.feeds: dict[int, dict[str, Any] | None] = {}  # id(model) -> what it was fed last
        if "keras" in sys.modules:  # the process that this one was forked from had it already
            self.hook(sys.modules["keras"])
        else:
            sys.meta_path.insert(0, AfterImport("keras", self.hook))

    def hook(self, keras: ModuleType) -> None:
        ordinary = keras.Model.fit

        def fit(model: Any, *args: Any, **kwargs: Any) -> Any:
            self.feeds[id(model)] = describe_feed(args[0] if args else kwargs.get("x"))
            history = ordinary(model, *args, **kwargs)
            self.catch(model, getattr(history, "history", None))
            return history

        fit.__wrapped__ = ordinary  # type: ignore[attr-defined]
        keras.Model.fit = fit

    def after_cell(self) -> None:
        keras = sys.modules.get("keras")
        if keras is None or not hasattr(keras, "Model"):
            return
        for model in self.shelf.find(keras.Model):
            self.catch(model, None)

    def catch(self, model: Any, history: Any) -> None:
        """Write a model down unless it was with the same weights. Never raises."""
        try:
            if not getattr(model, "built", False) or not model.weights:
                return
            self.keep(model, history)
        except predictions.NotAsked as problem:
            self.miss(model, problem.code, **problem.values)
        except Exception as problem:
            reason = type(problem).__name__
            self.miss(model, "missing.refused", reason=reason, detail=str(problem)[:200])

    def keep(self, model: Any, history: Any) -> None:
        weights = list(model.get_weights())
        if any(array.shape != tuple(variable.shape) for array, variable in zip(weights, model.weights, strict=True)):
            return  # built by a `fit` that stopped before it gave a weight a number: there is no model yet
        digest = hashlib.sha256(b"".join([*(a.tobytes() for a in weights), str(id(model)).encode()])).hexdigest()
        name = self.shelf.name_of(model)
        if self.shelf.has(digest, name):
            return
        if sum(array.nbytes for array in weights) > MAX_BYTES:
            self.miss(model, "missing.too_large", limit=MAX_BYTES)
            return
        feed = self.feeds.get(id(model))
        facts = {"framework": "keras", "name": name, "feed": feed, "curve": curve(history)}
        if self.shelf.predict:
            facts["predicted"], classes = self.ask(model)
            self.shelf.put(model, digest, facts, classes)
            return
        facts["config"], weights = configuration(model, weights, feed)
        facts["weights"] = [{"shape": list(array.shape), "dtype": array.dtype.str} for array in weights]
        self.shelf.put(model, digest, facts, b"".join(array.tobytes() for array in weights))

    def ask(self, model: Any) -> tuple[list[str], bytes]:
        """What it predicts for the hidden images: the scales, and the classes for each."""
        scales, classes = predictions.classes(model.predict_on_batch, self.shape_of(model), self.feeds.get(id(model)))
        return scales, classes

    def shape_of(self, model: Any) -> tuple[int | None, ...]:
        return input_shape(model, self.feeds.get(id(model)))

    def miss(self, model: Any, reason: str, /, **values: Any) -> None:
        self.shelf.collector.miss(self.shelf.name_of(model), reason, model=True, **values)


def configuration(model: Any, weights: list[Any], feed: dict[str, Any] | None) -> tuple[dict[str, Any], list[Any]]:
    """The configuration without what only training needs, and the weights in its order (as float32 or wider)."""
    import keras
    import numpy

    if type(model) not in (keras.Sequential, keras.Model) and type(model).__name__ != "Functional":
        model = traced(keras, model, feed)
        weights = model.get_weights()
    model.__dict__["get_compile_config"] = lambda: None  # losses and metrics of the student's own would not serialise
    try:
        config = json.loads(model.to_json())
    finally:
        del model.__dict__["get_compile_config"]
    config.pop("compile_config", None)
    arrays = [numpy.array(a if a.dtype in (numpy.float32, numpy.float64) else a.astype("float32"), order="C") for a in weights]
    return config, arrays


def traced(keras: ModuleType, model: Any, feed: dict[str, Any] | None) -> Any:
    """A functional model that computes what a subclassed one does: its `call` on a symbolic input."""
    inputs = keras.Input(input_shape(model, feed))
    return keras.Model(inputs, model.call(inputs))


def input_shape(model: Any, feed: dict[str, Any] | None) -> tuple[int | None, ...]:
    """What a model takes, without the batch: as it was fed, else as it was built."""
    shape = (feed or {}).get("shape") or list(getattr(model, "input_shape", None) or [])
    return tuple(shape[1:]) if shape else tuple(model._build_shapes_dict["input_shape"][1:])


def curve(history: Any) -> dict[str, list[float]]:
    """Per-epoch numbers as the student's process reports them; display only."""
    if not isinstance(history, dict):
        return {}
    return {str(k)[:40]: [float(x) for x in v][-500:] for k, v in list(history.items())[:16] if isinstance(v, (list, tuple))}


def describe_feed(x: Any) -> dict[str, Any] | None:
    """What a model is fed: shape, dtype and a few moments of a sample. None where that can't be seen without using it up."""
    try:
        import numpy

        if hasattr(x, "take") and hasattr(x, "element_spec"):  # tf.data
            x = next(iter(x.take(1)))
            x = x[0] if isinstance(x, tuple) else x
        elif hasattr(x, "__getitem__") and not hasattr(x, "shape"):  # a keras.utils.PyDataset, or a list
            x = x[0][0] if hasattr(x, "on_epoch_end") else numpy.asarray(x[:SAMPLE])
        if not hasattr(x, "shape") or not len(x.shape):
            return None
        step = max(1, int(x.shape[0]) // SAMPLE)
        sample = numpy.asarray(x[::step][:SAMPLE])
        numbers = sample.astype("float64")
        return {
            "shape": [None, *(int(size) for size in sample.shape[1:])],
            "dtype": str(sample.dtype),
            "min": float(numbers.min()),
            "max": float(numbers.max()),
            "mean": float(numbers.mean()),
            "std": float(numbers.std()),
        }
    except Exception:
        return None

"""What a Keras model is: parameters, layers and predictions, all from the same rebuilt model."""

from __future__ import annotations

from typing import Any

from . import keras_gate
from .refused import malformed

BATCH = 256


class KerasModel:
    """A rebuilt Keras model; alike in shape to `TorchModel`."""

    framework = "keras"

    def __init__(self, claim: dict[str, Any], data: bytes) -> None:
        """Rebuild it.

        Raises:
            RefusedModel: it can't be rebuilt safely.
        """
        try:
            config, shapes = claim["config"], claim["weights"]
        except KeyError as problem:
            raise malformed("the model's file is not of the agreed shape") from problem
        self.model = keras_gate.rebuild(config, shapes, data)

    @property
    def input_shape(self) -> tuple[int | None, ...] | None:
        """Without the batch axis; None where it takes more than one input."""
        shape = self.model.input_shape
        return shape[1:] if isinstance(shape, tuple) and isinstance(self.model.output_shape, tuple) else None

    def describe(self) -> dict[str, Any]:
        """Layers and counts. The count is the framework's own: the moving statistics of a batch norm are in it."""
        model = self.model
        return {
            "parameters": int(model.count_params()),
            "trainable_parameters": sum(_size(variable.shape) for variable in model.trainable_weights),
            "layers": [_layer(layer) for layer in _leaves(model) if type(layer).__name__ != "InputLayer"],
        }

    def predict(self, x: Any) -> Any:
        """The outputs for prepared images."""
        return self.model.predict(x, batch_size=BATCH, verbose=0)


def _leaves(model: Any) -> list[Any]:
    """The layers that compute, in order, with nested models opened."""
    found = []
    for layer in model.layers:
        found += _leaves(layer) if hasattr(layer, "layers") else [layer]
    return found


def _layer(layer: Any) -> dict[str, Any]:
    activation = getattr(layer, "activation", None)
    units = getattr(layer, "units", None) or getattr(layer, "filters", None)
    try:
        shape = [size if size is None else int(size) for size in layer.output.shape]
    except (AttributeError, ValueError, TypeError):
        shape = []
    return {
        "kind": type(layer).__name__,
        "units": int(units) if units else None,
        "activation": getattr(activation, "__name__", None),
        "parameters": int(layer.count_params()),
        "output_shape": shape,
        "weights": [[int(size) for size in weight.shape] for weight in layer.weights],
    }


def _size(shape: Any) -> int:
    total = 1
    for size in shape:
        total *= int(size)
    return total

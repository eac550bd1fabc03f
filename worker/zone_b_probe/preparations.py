"""The fixed family of ways in which hidden images may be prepared for a model, and the choice among them.

A model was trained on images that its student scaled and shaped somehow. The shape is a fact (the rebuilt model's
input); the scale is the student's claim about what `fit` was fed, so it only chooses a member of this family. Where there is
no claim, all members are tried and zone C takes the best.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
# Fashion-MNIST's own mean and deviation over 0..1, and those of MNIST, which many tutorials use for both
MEAN, STD = 0.2860, 0.3530
MNIST_MEAN, MNIST_STD = 0.1307, 0.3081

SCALES: dict[str, Callable[[Floats], Floats]] = {
    "unit": lambda x: x / 255,
    "raw": lambda x: x,
    "signed": lambda x: x / 127.5 - 1,
    "standard": lambda x: (x / 255 - MEAN) / STD,
    "mnist": lambda x: (x / 255 - MNIST_MEAN) / MNIST_STD,
    "centred": lambda x: x / 255 - 0.5,
}
PIXELS = "pixels"  # each by its own mean and deviation, as a scaler fitted to the training images does


def choose(feed: Any) -> list[str]:
    """The scales to try, by the claimed mean and deviation of what the model was fed; all of them without a claim."""
    try:
        mean, std = float(feed["mean"]), float(feed["std"])
    except (TypeError, KeyError, ValueError):
        return [*SCALES, PIXELS]
    near = []
    for name, scale in SCALES.items():
        low, high = scale(np.array([0.0, 255.0]))
        wanted_mean, wanted_std = low + (high - low) * MEAN, (high - low) * STD
        distance = abs(mean - wanted_mean) / wanted_std + abs(np.log(max(std, 1e-9) / wanted_std))
        near.append((float(distance), name))
    distance, name = min(near)
    if not distance < 0.35:  # nor where it is no number
        return [*SCALES, PIXELS]
    return [name, PIXELS] if name == "standard" else [name]  # their moments are the same


def prepared(
    images: NDArray[np.uint8], scale: str, input_shape: tuple[int | None, ...], pixels: NDArray[np.float32] | None = None
) -> Floats | None:
    """The images at a scale in the model's input shape, float32; None where no member of the family fits.

    Args:
        images: uint8 (n, 28, 28).
        pixels: (2, 28, 28), mean and deviation of each pixel of the training images, for `pixels`.
    """
    if scale != PIXELS:
        x = shaped(images, input_shape)
        return None if x is None else SCALES[scale](x)
    if pixels is None:
        return None
    mean, deviation = pixels
    return shaped((images - mean) / np.where(deviation > 0, deviation, 1), input_shape)


def shaped(images: NDArray[Any], input_shape: tuple[int | None, ...]) -> Floats | None:
    """The images as float32 in the model's input shape, or None where no member of the family fits.

    Args:
        images: (n, 28, 28).
        input_shape: without the batch axis: (784,), (1, 784), (28, 28), (28, 28, 1), (1, 28, 28), and three channels of either.
    """
    x = images.astype(np.float32)
    n = len(x)
    if input_shape == (784,):
        return x.reshape(n, 784)
    if input_shape == (1, 784):
        return x.reshape(n, 1, 784)
    if input_shape == (28, 28):
        return x
    if input_shape in ((28, 28, 1), (None, None, 1)):
        return x[..., None]
    if input_shape == (1, 28, 28):
        return x[:, None]
    if input_shape == (28, 28, 3):
        return np.repeat(x[..., None], 3, axis=-1)
    if input_shape == (3, 28, 28):
        return np.repeat(x[:, None], 3, axis=1)
    return None

from __future__ import annotations

import numpy as np
import pytest

from worker.zone_b_probe import preparations
from worker.zone_c_trusted import models

IMAGES = np.zeros((5, 28, 28), np.uint8)


def test_zone_c_looks_for_every_scale_that_zone_b_tries() -> None:
    assert set(models.SCALES) == {*preparations.SCALES, preparations.PIXELS}


@pytest.mark.parametrize(
    ("mean", "std", "expected"),
    [
        (0.504, 1.146, "mnist"),
        (-0.214, 0.353, "centred"),
        (0.42, 1.107, "mnist"),
        (-0.45, 0.69, "signed"),
    ],
)
def test_a_claim_near_a_member_of_the_family_chooses_it(mean: float, std: float, expected: str) -> None:
    assert preparations.choose({"mean": mean, "std": std}) == [expected]


def test_images_and_pixels_that_were_standardised_have_the_same_moments_so_both_are_tried() -> None:
    assert preparations.choose({"mean": 0.05, "std": 1.03}) == ["standard", "pixels"]


def test_a_scaler_of_pixels_leaves_alone_one_that_never_changes() -> None:
    pixels = np.stack([np.full((28, 28), 0.0), np.full((28, 28), 0.0)]).astype(np.float32)
    pixels[:, 14, 14] = 100, 50
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 14, 14] = 150

    x = preparations.prepared(image, "pixels", (28, 28), pixels)

    assert x is not None
    assert x[0, 14, 14] == 1.0
    assert x[0, 0, 0] == 0.0


@pytest.mark.parametrize("shape", [(784,), (1, 784), (28, 28), (28, 28, 1), (1, 28, 28), (28, 28, 3), (3, 28, 28)])
def test_images_take_the_shape_that_a_model_wants(shape: tuple[int, ...]) -> None:
    shaped = preparations.shaped(IMAGES, shape)

    assert shaped is not None
    assert shaped.shape == (5, *shape)


def test_an_input_that_is_no_image_gets_none() -> None:
    assert preparations.shaped(IMAGES, (300,)) is None

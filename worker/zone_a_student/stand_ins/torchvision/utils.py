"""`make_grid` and `save_image`, as torchvision's."""

from __future__ import annotations

import math
from typing import Any

import torch

__all__ = ["make_grid", "save_image"]


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> torch.Tensor:
    """Images (B, C, H, W), or a list of (C, H, W), side by side in rows of `nrow`: one image (3, height, width)."""
    images = torch.stack(list(tensor), dim=0) if isinstance(tensor, (list, tuple)) else tensor
    if images.dim() == 2:
        images = images[None]
    if images.dim() == 3:
        images = images[None]
    if images.size(1) == 1:
        images = images.repeat(1, 3, 1, 1)
    if normalize:
        images = images.clone().float()
        for part in images if scale_each else [images]:
            low, high = value_range or (float(part.min()), float(part.max()))
            part.clamp_(low, high).sub_(low).div_(max(high - low, 1e-5))
    if images.size(0) == 1:
        return images.squeeze(0)
    columns = min(nrow, images.size(0))
    rows = math.ceil(images.size(0) / columns)
    height, width = images.size(2) + padding, images.size(3) + padding
    grid = images.new_full((images.size(1), height * rows + padding, width * columns + padding), pad_value)
    for number, image in enumerate(images):
        top, left = number // columns * height + padding, number % columns * width + padding
        grid[:, top : top + height - padding, left : left + width - padding] = image
    return grid


def save_image(tensor: Any, fp: Any, format: str | None = None, **kwargs: Any) -> None:  # noqa: A002 - as torchvision calls it
    from PIL import Image

    grid = make_grid(tensor, **kwargs).mul(255).add_(0.5).clamp_(0, 255).permute(1, 2, 0).to("cpu", torch.uint8)
    Image.fromarray(grid.numpy()).save(fp, format=format)

"""Transforms by chance, drawn from torch's generator: `torch.manual_seed` decides them."""

from __future__ import annotations

import math
from typing import Any

import torch

from . import functional
from .simple import Transform


def chance() -> float:
    return float(torch.rand(1))


def between(low: float, high: float) -> float:
    return float(torch.empty(1).uniform_(float(low), float(high)))


class RandomHorizontalFlip(Transform):
    """Left for right, with chance `p`."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p=p)

    def forward(self, picture: Any) -> Any:
        return functional.hflip(picture) if chance() < self.__dict__["p"] else picture


class RandomVerticalFlip(RandomHorizontalFlip):
    """Top for bottom, with chance `p`."""

    def forward(self, picture: Any) -> Any:
        return functional.vflip(picture) if chance() < self.__dict__["p"] else picture


class RandomRotation(Transform):
    """By up to `degrees` either way, or between two angles."""

    def __init__(self, degrees: Any, *_: Any, fill: Any = 0, **__: Any) -> None:
        super().__init__(degrees=(-degrees, degrees) if isinstance(degrees, (int, float)) else tuple(degrees))
        self.fill = fill

    def forward(self, picture: Any) -> Any:
        return functional.rotate(picture, between(*self.__dict__["degrees"]), fill=self.fill)


class RandomAffine(Transform):
    """Rotated, moved by a share of the size, scaled and sheared."""

    def __init__(
        self, degrees: Any, translate: Any = None, scale: Any = None, shear: Any = None, *_: Any, fill: Any = 0, **__: Any
    ) -> None:
        turned = (-degrees, degrees) if isinstance(degrees, (int, float)) else tuple(degrees)
        leant = (-shear, shear) if isinstance(shear, (int, float)) else shear
        super().__init__(degrees=turned, translate=translate, scale=scale, shear=leant)
        self.fill = fill

    def forward(self, picture: Any) -> Any:
        own = self.__dict__
        height, width = functional.size_of(picture)
        angle = between(*own["degrees"])
        across, down = own["translate"] or (0.0, 0.0)
        moved = (round(between(-across * width, across * width)), round(between(-down * height, down * height)))
        scale = between(*own["scale"]) if own["scale"] else 1.0
        lean = between(*own["shear"][:2]) if own["shear"] else 0.0
        return functional.affine(picture, angle, moved, scale, (lean, 0.0), fill=self.fill)


class Pad(Transform):
    """More room around; not by chance, but `RandomCrop` is built on it."""

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__(padding=padding, fill=fill, padding_mode=padding_mode)

    def forward(self, picture: Any) -> Any:
        return functional.pad(picture, *self._settings.values())


class RandomCrop(Transform):
    """A piece of `size` somewhere, after padding."""

    def __init__(
        self, size: Any, padding: Any = None, pad_if_needed: bool = False, fill: Any = 0, padding_mode: str = "constant"
    ) -> None:
        super().__init__(size=(size, size) if isinstance(size, int) else tuple(size), padding=padding)
        self.fill, self.padding_mode = fill, padding_mode

    def forward(self, picture: Any) -> Any:
        own = self.__dict__
        if own["padding"] is not None:
            picture = functional.pad(picture, own["padding"], self.fill, self.padding_mode)
        (height, width), (high, wide) = own["size"], functional.size_of(picture)
        if high < height or wide < width:
            raise ValueError(f"Required crop size {own['size']} is larger than input image size {(high, wide)}")
        top = int(torch.randint(0, high - height + 1, (1,)))
        left = int(torch.randint(0, wide - width + 1, (1,)))
        return functional.crop(picture, top, left, height, width)


class RandomErasing(Transform):
    """A rectangle is blanked, with chance `p`; tensors only."""

    def __init__(
        self, p: float = 0.5, scale: Any = (0.02, 0.33), ratio: Any = (0.3, 3.3), value: float = 0, inplace: bool = False
    ) -> None:
        super().__init__(p=p, scale=scale, ratio=ratio, value=value)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        own = self.__dict__
        if chance() >= own["p"]:
            return picture
        high, wide = picture.shape[-2:]
        for _ in range(10):
            area = high * wide * between(*own["scale"])
            shape = math.exp(between(math.log(own["ratio"][0]), math.log(own["ratio"][1])))
            height, width = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if height < high and width < wide:
                top = int(torch.randint(0, high - height + 1, (1,)))
                left = int(torch.randint(0, wide - width + 1, (1,)))
                picture = picture.clone()
                picture[..., top : top + height, left : left + width] = own["value"]
                return picture
        return picture


class RandomApply(Transform):
    """All of some transforms or none, with chance `p`."""

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__(p=p)
        self.transforms = transforms

    def forward(self, picture: Any) -> Any:
        if chance() < self.__dict__["p"]:
            for transform in self.transforms:
                picture = transform(picture)
        return picture

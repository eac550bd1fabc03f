"""Transforms that do the same to every picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import torch

from . import functional


class InterpolationMode(Enum):
    """How pixels between pixels are made."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


class Transform(torch.nn.Module):
    """A transform is a module without parameters; its settings are its attributes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.__dict__.update(settings)
        self._settings = settings

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self._settings.items())})"


class Compose:
    """One after another."""

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, picture: Any) -> Any:
        for transform in self.transforms:
            picture = transform(picture)
        return picture

    def __repr__(self) -> str:
        return "\n".join(["Compose(", *(f"    {transform}" for transform in self.transforms), ")"])


class ToTensor:
    """A PIL image or an array (H, W, C) of bytes becomes (C, H, W) in [0, 1]."""

    def __call__(self, picture: Any) -> torch.Tensor:
        return functional.to_tensor(picture)

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor(ToTensor):
    """The same without scaling."""

    def __call__(self, picture: Any) -> torch.Tensor:
        return functional.pil_to_tensor(picture)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class ToImage(PILToTensor):
    """Of `v2`: a picture as a tensor, unscaled; a tensor stays."""

    def __call__(self, picture: Any) -> torch.Tensor:
        return picture if isinstance(picture, torch.Tensor) else functional.pil_to_tensor(picture)


class ConvertImageDtype(Transform):
    """To another type of number, the range going along: bytes 0 to 255 are floats 0 to 1."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__(dtype=dtype)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return _scaled(picture, self.__dict__["dtype"])


class ToDtype(Transform):
    """Of `v2`; the range goes along with `scale=True` only."""

    def __init__(self, dtype: torch.dtype, scale: bool = False) -> None:
        super().__init__(dtype=dtype, scale=scale)

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        dtype: torch.dtype = self.__dict__["dtype"]
        return _scaled(picture, dtype) if self.__dict__["scale"] else picture.to(dtype)


def _scaled(picture: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    if not picture.is_floating_point() and dtype.is_floating_point:
        return picture.to(dtype) / torch.iinfo(picture.dtype).max
    if picture.is_floating_point() and not dtype.is_floating_point:
        return picture.mul(torch.iinfo(dtype).max + 1.0 - 1e-3).to(dtype)
    return picture.to(dtype)


class ToPILImage:
    """(C, H, W) in [0, 1], or an array (H, W, C) of bytes, becomes a PIL image."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, picture: Any) -> Any:
        return functional.to_pil_image(picture, self.mode)

    def __repr__(self) -> str:
        return "ToPILImage()"


class Normalize(Transform):
    """`(x - mean) / std`, channel by channel."""

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__(mean=mean, std=std)
        self.inplace = inplace

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        return functional.normalize(tensor, self.__dict__["mean"], self.__dict__["std"], self.inplace)


class Resize(Transform):
    """To (height, width); a single number is for the shorter side."""

    def __init__(
        self, size: Any, interpolation: Any = InterpolationMode.BILINEAR, max_size: Any = None, antialias: Any = True
    ) -> None:
        super().__init__(size=size, interpolation=interpolation, antialias=antialias)

    def forward(self, picture: Any) -> Any:
        own = self.__dict__
        return functional.resize(picture, own["size"], own["interpolation"], antialias=own["antialias"])


class CenterCrop(Transform):
    """The middle of a picture."""

    def __init__(self, size: Any) -> None:
        super().__init__(size=size)

    def forward(self, picture: Any) -> Any:
        return functional.center_crop(picture, self.__dict__["size"])


class Grayscale(Transform):
    """Grey, in one channel or in three that are alike."""

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__(num_output_channels=num_output_channels)

    def forward(self, picture: Any) -> Any:
        return functional.rgb_to_grayscale(picture, self.__dict__["num_output_channels"])


class Lambda:
    """A function of one's own."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, picture: Any) -> Any:
        return self.lambd(picture)

    def __repr__(self) -> str:
        return "Lambda()"

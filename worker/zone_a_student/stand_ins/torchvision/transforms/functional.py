"""Transforms as functions. A picture is a PIL image or a tensor (…, C, H, W); what comes out is of the kind that went in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import torch
from PIL import Image, ImageOps

MODES = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3, "box": 4, "hamming": 5}


def to_tensor(picture: Any) -> torch.Tensor:
    """(C, H, W); of bytes float32 in [0, 1], any other numbers as they are."""
    if isinstance(picture, torch.Tensor):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(picture)}")
    array = numpy.array(picture, copy=True)
    if array.dtype == bool:
        array = array.astype("uint8") * 255
    if array.ndim == 2:
        array = array[:, :, None]
    tensor = torch.from_numpy(numpy.ascontiguousarray(array.transpose(2, 0, 1)))
    return tensor.to(torch.get_default_dtype()).div(255) if tensor.dtype == torch.uint8 else tensor


def pil_to_tensor(picture: Any) -> torch.Tensor:
    array = numpy.array(picture, copy=True)
    return torch.from_numpy(numpy.ascontiguousarray((array[:, :, None] if array.ndim == 2 else array).transpose(2, 0, 1)))


def to_pil_image(picture: Any, mode: str | None = None) -> Image.Image:
    if isinstance(picture, torch.Tensor):
        if picture.is_floating_point() and mode != "F":
            picture = picture.mul(255).byte()
        picture = (picture[None] if picture.dim() == 2 else picture).permute(1, 2, 0).cpu().numpy()
    array = numpy.asarray(picture)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    image = Image.fromarray(array)
    return image.convert(mode) if mode and image.mode != mode else image


def normalize(tensor: torch.Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> torch.Tensor:
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    middle = torch.as_tensor(mean, dtype=tensor.dtype, device=tensor.device)
    width = torch.as_tensor(std, dtype=tensor.dtype, device=tensor.device)
    if (width == 0).any():
        raise ValueError("std evaluated to zero, leading to division by zero.")
    tensor = tensor if inplace else tensor.clone()
    return tensor.sub_(middle.view(-1, 1, 1) if middle.ndim else middle).div_(width.view(-1, 1, 1) if width.ndim else width)


def size_of(picture: Any) -> tuple[int, int]:
    """Height and width."""
    if isinstance(picture, torch.Tensor):
        return picture.shape[-2], picture.shape[-1]
    return picture.size[1], picture.size[0]


def resize(picture: Any, size: Any, interpolation: Any = "bilinear", max_size: Any = None, antialias: Any = True) -> Any:
    """To (height, width); a single number is for the shorter side."""
    height, width = size_of(picture)
    wanted = [size] if isinstance(size, int) else list(size)
    if len(wanted) == 1:
        short = wanted[0]
        wanted = [short, int(short * width / height)] if height <= width else [int(short * height / width), short]
    mode = str(getattr(interpolation, "value", interpolation))
    if not isinstance(picture, torch.Tensor):
        return picture.resize((wanted[1], wanted[0]), MODES.get(mode, interpolation if isinstance(interpolation, int) else 2))
    kind = picture.dtype
    batch = picture.reshape(-1, *picture.shape[-3:]) if picture.dim() >= 3 else picture[None, None]
    smooth = mode in ("bilinear", "bicubic")
    options: dict[str, Any] = {"align_corners": False, "antialias": bool(antialias)} if smooth else {}
    made = torch.nn.functional.interpolate(batch.float(), wanted, mode=mode if smooth else "nearest", **options)
    made = made.reshape(*picture.shape[:-2], *wanted)
    return made.round().clamp(0, 255).to(kind) if kind == torch.uint8 else made.to(kind)


def hflip(picture: Any) -> Any:
    return picture.flip(-1) if isinstance(picture, torch.Tensor) else ImageOps.mirror(picture)


def vflip(picture: Any) -> Any:
    return picture.flip(-2) if isinstance(picture, torch.Tensor) else ImageOps.flip(picture)


def crop(picture: Any, top: int, left: int, height: int, width: int) -> Any:
    if isinstance(picture, torch.Tensor):
        return picture[..., top : top + height, left : left + width]
    return picture.crop((left, top, left + width, top + height))


def center_crop(picture: Any, size: Any) -> Any:
    height, width = (size, size) if isinstance(size, int) else size
    high, wide = size_of(picture)
    return crop(picture, round((high - height) / 2), round((wide - width) / 2), height, width)


def pad(picture: Any, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> Any:
    """`padding`: one number, (left and right, top and bottom), or (left, top, right, bottom)."""
    sides = [padding] * 4 if isinstance(padding, int) else list(padding) * (2 if len(padding) == 2 else 1)
    left, top, right, bottom = sides * (4 if len(sides) == 1 else 1)
    if isinstance(picture, torch.Tensor):
        if padding_mode == "constant":
            return torch.nn.functional.pad(picture, (left, right, top, bottom), value=fill)
        mode = {"edge": "replicate"}.get(padding_mode, padding_mode)
        return torch.nn.functional.pad(picture[None].float(), (left, right, top, bottom), mode=mode)[0].to(picture.dtype)
    if padding_mode == "constant":
        return ImageOps.expand(picture, (left, top, right, bottom), fill)
    around = [(top, bottom), (left, right)] + [(0, 0)] * (numpy.asarray(picture).ndim - 2)
    return Image.fromarray(numpy.pad(numpy.asarray(picture), around, mode=padding_mode))  # type: ignore[call-overload]


def rgb_to_grayscale(picture: Any, num_output_channels: int = 1) -> Any:
    if isinstance(picture, torch.Tensor):
        if picture.shape[-3] == 3:
            red, green, blue = picture.unbind(-3)
            picture = (0.2989 * red + 0.587 * green + 0.114 * blue).to(picture.dtype).unsqueeze(-3)
        return picture.expand(*picture.shape[:-3], num_output_channels, *picture.shape[-2:])
    grey = picture.convert("L")
    return grey if num_output_channels == 1 else Image.merge("RGB", [grey] * 3)


to_grayscale = rgb_to_grayscale


def rotate(picture: Any, angle: float, *_: Any, fill: Any = 0, **__: Any) -> Any:
    return affine(picture, angle, (0, 0), 1.0, (0.0, 0.0), fill=fill)


def affine(picture: Any, angle: float, translate: Any, scale: float, shear: Any, *_: Any, fill: Any = 0, **__: Any) -> Any:
    """About the centre: rotated counter-clockwise by `angle` degrees, sheared, scaled, moved by `translate` pixels."""
    height, width = size_of(picture)
    turn, lean = numpy.deg2rad(-angle), numpy.tan(numpy.deg2rad(shear[0] if isinstance(shear, (list, tuple)) else shear))
    forward = scale * numpy.array([[numpy.cos(turn), -numpy.sin(turn)], [numpy.sin(turn), numpy.cos(turn)]])
    back = numpy.linalg.inv(forward @ numpy.array([[1.0, -lean], [0.0, 1.0]]))
    centre = numpy.array([(width - 1) / 2, (height - 1) / 2])
    offset = centre - back @ (centre + numpy.array(translate, dtype=float))
    if isinstance(picture, torch.Tensor):
        return _sampled(picture, back, offset, height, width)
    offset = offset + 0.5 - back.sum(axis=1) / 2  # PIL measures from a pixel's corner, and we from its middle
    data = [back[0, 0], back[0, 1], offset[0], back[1, 0], back[1, 1], offset[1]]
    return picture.transform(picture.size, Image.Transform.AFFINE, data, Image.Resampling.NEAREST, fillcolor=fill)


def _sampled(picture: torch.Tensor, back: Any, offset: Any, height: int, width: int) -> torch.Tensor:
    ys, xs = torch.meshgrid(torch.arange(height, dtype=torch.float64), torch.arange(width, dtype=torch.float64), indexing="ij")
    across = back[0, 0] * xs + back[0, 1] * ys + offset[0]
    down = back[1, 0] * xs + back[1, 1] * ys + offset[1]
    grid = torch.stack([2 * across / max(width - 1, 1) - 1, 2 * down / max(height - 1, 1) - 1], dim=-1).float()
    batch = picture.reshape(-1, *picture.shape[-3:]).float()
    found = torch.nn.functional.grid_sample(batch, grid.expand(len(batch), -1, -1, -1), mode="nearest", align_corners=True)
    return found.reshape(picture.shape).to(picture.dtype)

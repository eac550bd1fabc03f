"""A stand-in for torchvision, where the real one is not installed or does not import beside this build of torch.

It has what courses use of it: `datasets.FashionMNIST` and `MNIST` from the served files, the usual `transforms`,
`utils.make_grid` and `save_image`. It says that it is a stand-in: in `__version__`, in its `repr`, and on the result page.
"""

from __future__ import annotations

import sys
import types
from typing import Any

from _grader_kit.adapt.notes import note

__version__ = "0.0.0+stand.in"
LACKING = ("models", "ops", "io", "tv_tensors")

note("note.torchvision")


class _StandIn(types.ModuleType):
    def __repr__(self) -> str:
        return f"<module 'torchvision': a stand-in ({__version__}) with datasets, transforms and utils>"


sys.modules[__name__].__class__ = _StandIn

from . import datasets, transforms, utils  # noqa: E402 - the note comes first

__all__ = ["datasets", "transforms", "utils"]


def __getattr__(name: str) -> Any:
    if name in LACKING:
        raise AttributeError(f"torchvision.{name} is not here: during grading torchvision is a stand-in without it")
    raise AttributeError(f"module 'torchvision' has no attribute {name!r}")


def set_image_backend(backend: str) -> None:
    """There is one."""


def get_image_backend() -> str:
    return "PIL"

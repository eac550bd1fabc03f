"""A stand-in for torchsummary, whose `summary` prints."""

from __future__ import annotations

from typing import Any

import torchinfo  # type: ignore[import-not-found]


def summary(model: Any, *_: Any, **__: Any) -> None:
    print(torchinfo.ModelStatistics(model))

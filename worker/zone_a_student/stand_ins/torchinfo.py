"""A stand-in for torchinfo and torchsummary: a table of layers with their numbers of parameters, and the sums."""

from __future__ import annotations

from typing import Any


class ModelStatistics:
    """What `summary` found; its text is the table."""

    def __init__(self, model: Any) -> None:
        self.rows = [(name or type(part).__name__, type(part).__name__, own(part)) for name, part in model.named_modules()]
        self.total_params = sum(item.numel() for item in model.parameters())
        self.trainable_params = sum(item.numel() for item in model.parameters() if item.requires_grad)

    def __str__(self) -> str:
        line = "=" * 64
        rows = [f"{kind + ' (' + name + ')':<46}{count or '--':>18}" for name, kind, count in self.rows]
        sums = [
            f"Total params: {self.total_params:,}",
            f"Trainable params: {self.trainable_params:,}",
            f"Non-trainable params: {self.total_params - self.trainable_params:,}",
        ]
        return "\n".join([line, f"{'Layer (type)':<46}{'Param #':>18}", line, *rows, line, *sums, line])

    __repr__ = __str__


def own(part: Any) -> int:
    """Parameters of a module without those of the modules in it."""
    return sum(item.numel() for item in part.parameters(recurse=False))


def summary(model: Any, *_: Any, verbose: int = 0, **__: Any) -> ModelStatistics:
    """As torchinfo's, which is shown where it is the last line of a cell, and printed with `verbose`."""
    found = ModelStatistics(model)
    if verbose:
        print(found)
    return found

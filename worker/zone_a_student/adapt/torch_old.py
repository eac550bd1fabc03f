"""What torch did by itself before: whole models from `torch.load`, and `iter(loader).next()`."""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from _grader_kit.adapt import hooks
from _grader_kit.adapt.notes import note


def install(shell: Any) -> None:
    hooks.after("torch", _load)
    hooks.after("torch.utils.data.dataloader", _next)


def _load(torch: Any) -> None:
    ordinary = torch.load

    @functools.wraps(ordinary)
    def load(*args: Any, **kwargs: Any) -> Any:
        import pickle

        try:
            return ordinary(*args, **kwargs)
        except pickle.UnpicklingError:
            if "weights_only" in kwargs:
                raise
            if args and hasattr(args[0], "seek"):
                args[0].seek(0)
            value = ordinary(*args, weights_only=False, **kwargs)  # the file is the notebook's own: it may run it anyway
            note("note.moved", old="torch.load(…)", new="torch.load(…, weights_only=False)")
            return value

    torch.load = load


def _next(dataloader: ModuleType) -> None:
    def next(self: Any) -> Any:  # noqa: A001 - the old name
        note("note.moved", old="iter(loader).next()", new="next(iter(loader))")
        return self.__next__()

    dataloader._BaseDataLoaderIter.next = next

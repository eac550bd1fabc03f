"""What torch did by itself before: whole models from a file, and `iter(loader).next()`."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit.adapt import hooks
from _grader_kit.adapt.notes import note


def install(shell: Any) -> None:
    hooks.after("torch", lambda torch: hooks.wrap(torch, "load", _whole_models))
    hooks.after("torch.utils.data.dataloader", _next)


def _whole_models(ordinary: Any) -> Callable[..., Any]:
    """A file with a whole model was the notebook's to read; what it holds it may do in this sandbox anyway."""

    def load(*args: Any, **kwargs: Any) -> Any:
        try:
            return ordinary(*args, **kwargs)
        except Exception as problem:
            if type(problem).__name__ != "UnpicklingError" or "weights_only" in kwargs:
                raise
        if args and hasattr(args[0], "seek"):
            args[0].seek(0)
        value = ordinary(*args, weights_only=False, **kwargs)
        note("note.moved", old="torch.load(…)", new="torch.load(…, weights_only=False)")
        return value

    return load


def _next(dataloader: ModuleType) -> None:
    def next(self: Any) -> Any:  # noqa: A001 - the old name
        note("note.moved", old="iter(loader).next()", new="next(iter(loader))")
        return self.__next__()

    dataloader._BaseDataLoaderIter.next = next

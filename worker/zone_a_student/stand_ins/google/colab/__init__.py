"""A stand-in for Colab's own package: nothing of Google is here, so each call does nothing and is noted.

The folder above has no `__init__.py`: `google` is a namespace, and `google.protobuf` lies in another part of it.
"""

from __future__ import annotations

import sys
from typing import Any

from _grader_kit.adapt.moved import asked_by_notebook
from _grader_kit.adapt.notes import note

from . import auth, data_table, drive, files, output, patches, runtime, userdata

__version__ = "0.0.0+stand.in"
__all__ = ["auth", "data_table", "drive", "files", "output", "patches", "runtime", "userdata"]


class Nothing:
    """Whatever else is asked of Colab: can be called, entered, and asked for more."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *_: object, **__: object) -> Nothing:
        note("note.colab", name=self.name)
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__") or not asked_by_notebook(sys._getframe(1)):  # a collector that looks for a `dtype`
            raise AttributeError(name)
        return Nothing(f"{self.name}.{name}")

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing(name)

"""Slips between today's libraries and older notebooks that are no moved name: progress bars, plot styles, data frames."""

from __future__ import annotations

import functools
import importlib.util
import sys
from types import ModuleType
from typing import Any

from _grader_kit.adapt import hooks
from _grader_kit.adapt.notes import note


def install(shell: Any) -> None:
    hooks.after("tqdm.notebook", _bars_of_text)
    hooks.after("matplotlib.style", _styles)
    hooks.after("pandas", _data_frames)


def _bars_of_text(notebook: Any) -> None:
    """Jupyter's widgets are for browsers; without them `tqdm.notebook` raises."""
    if importlib.util.find_spec("ipywidgets") is not None:
        return
    std = sys.modules["tqdm.std"].__dict__
    notebook.tqdm = notebook.tqdm_notebook = std["tqdm"]
    notebook.trange = notebook.tnrange = std["trange"]


def _styles(style: Any) -> None:
    """`plt.style.use("seaborn")` has been `seaborn-v0_8` since matplotlib 3.6."""
    for holder in (style, getattr(style, "core", None)):
        if holder is None:
            continue
        ordinary = holder.use

        def use(name: Any, ordinary: Any = ordinary) -> Any:
            if isinstance(name, str) and name.startswith("seaborn") and "v0_8" not in name:
                new = name.replace("seaborn", "seaborn-v0_8", 1)
                if new in style.available:
                    note("note.moved", old=f"style.use('{name}')", new=f"style.use('{new}')")
                    name = new
            return ordinary(name)

        holder.use = use


def _data_frames(pandas: ModuleType) -> None:
    """`frame.append` and `iteritems`, gone since pandas 2."""

    def append(self: Any, other: Any, ignore_index: bool = False, **_: Any) -> Any:
        note("note.moved", old="DataFrame.append", new="pd.concat")
        if isinstance(other, dict):
            other = pandas.Series(other)
        if isinstance(other, pandas.Series) and isinstance(self, pandas.DataFrame):
            other = other.to_frame().T
        parts = [self, *other] if isinstance(other, list) else [self, other]
        return pandas.concat(parts, ignore_index=ignore_index)

    def iteritems(self: Any) -> Any:
        note("note.moved", old="iteritems", new="items")
        return self.items()

    for kind in (pandas.DataFrame, pandas.Series):
        for name, function in (("append", append), ("iteritems", iteritems)):
            if not hasattr(kind, name):
                setattr(kind, name, functools.wraps(function)(function))

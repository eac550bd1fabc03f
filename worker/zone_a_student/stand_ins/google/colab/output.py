"""Colab's control of a cell's output: pages have none of it, so nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def clear(*_: object, **__: object) -> None:
    """Output stays."""


def eval_js(*_: object, **__: object) -> str:
    return ""


def no_vertical_scroll(*_: object, **__: object) -> None:
    """There is no scrolling to stop."""


def register_callback(*_: object, **__: object) -> None:
    """Nobody calls back."""


def enable_custom_widget_manager(*_: object, **__: object) -> None:
    """There are no widgets."""


def disable_custom_widget_manager(*_: object, **__: object) -> None:
    """There are no widgets."""


@contextmanager
def _inside(*_: object, **__: object) -> Iterator[Any]:
    yield None


redirect_to_element = use_tags = temporary = _inside

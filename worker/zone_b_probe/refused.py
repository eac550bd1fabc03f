"""A model that can't be rebuilt safely."""

from __future__ import annotations

from typing import Any


class RefusedModel(Exception):
    """Why: a catalogue code and its values."""

    def __init__(self, code: str, /, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def malformed(reason: str) -> RefusedModel:
    """A file that is not of the agreed shape."""
    return RefusedModel("missing.refused", reason=reason[:200])

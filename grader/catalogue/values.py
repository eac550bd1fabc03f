"""What a sentence may show, and a sentence that nobody has written out yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

Scalar = str | int | float | bool | None
Shown = Union[Scalar, "InBoth", "Told", "tuple[Shown, ...]"]  # a sentence inside of another, or a list of them


@dataclass(frozen=True)
class InBoth:
    """A course's own words, of which the reader gets theirs."""

    ru: str
    en: str


@dataclass(frozen=True)
class Told:
    """A code with its values: whoever reads it gets it in a language of their own, parts and all (`catalogue.say`)."""

    code: str
    values: Mapping[str, Shown]


def told(code: str, /, **values: Shown) -> Told:
    return Told(code, values)


def packed(one: Shown) -> Any:
    """As JSON holds it; `unpacked` gives it back."""
    if isinstance(one, Told):
        return {"code": one.code, "values": {name: packed(value) for name, value in one.values.items()}}
    if isinstance(one, InBoth):
        return {"ru": one.ru, "en": one.en}
    return [packed(each) for each in one] if isinstance(one, tuple) else one


def unpacked(kept: Any) -> Shown:
    if isinstance(kept, dict) and "code" not in kept:
        return InBoth(str(kept["ru"]), str(kept["en"]))
    if isinstance(kept, dict):
        return Told(str(kept["code"]), {str(name): unpacked(value) for name, value in kept["values"].items()})
    if isinstance(kept, list):
        return tuple(unpacked(each) for each in kept)
    return kept if isinstance(kept, (str, int, float, bool)) else None

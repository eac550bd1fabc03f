"""What a cell's exception usually means: the hint that follows `run.error`, by the exception's name and text.

To add one: an entry in `exceptions.yaml`, and its sentence in `exceptions.yaml` of both languages. An assignment brings its own
(`Explained` with a sentence), which come first. All that is known of an exception are its name and the first 300 characters
of its text, both from a student's process: patterns look, and sentences quote, and nothing is concluded from them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from grader.catalogue.values import Scalar

LOOKED_AT = 300  # characters of an exception's text


@dataclass(frozen=True)
class Explained:
    """Which exceptions a hint is about. `hint` is a code of the catalogue, or `sentence` says it, by language."""

    exceptions: tuple[str, ...]  # names; none means any
    says: re.Pattern[str]
    hint: str = ""
    sentence: Mapping[str, str] = field(default_factory=dict)

    def found(self, name: str, text: str) -> Mapping[str, str] | None:
        """The named groups where it fits."""
        if self.exceptions and name not in self.exceptions:
            return None
        place = self.says.search(text)
        return place.groupdict() if place else None


@functools.cache
def table() -> tuple[Explained, ...]:
    """The entries of `exceptions.yaml`, in its order."""
    raw = yaml.safe_load(Path(__file__).with_name("exceptions.yaml").read_text("utf-8"))
    return tuple(Explained(names(entry.get("exception")), re.compile(entry.get("says", "")), entry["hint"]) for entry in raw)


def names(raw: str | Sequence[str] | None) -> tuple[str, ...]:
    return (raw,) if isinstance(raw, str) else tuple(raw or ())


def meant(values: Mapping[str, Scalar], own: Sequence[Explained] = ()) -> tuple[Explained, Mapping[str, Scalar]] | None:
    """What explains `ename` and `evalue` of a `run.error`, with its values; None where we know no usual reason."""
    name, text = str(values.get("ename") or ""), str(values.get("evalue") or "")[:LOOKED_AT]
    for entry in (*own, *table()):
        groups = entry.found(name, text)
        if groups is not None:
            return entry, groups
    return None

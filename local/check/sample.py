"""What the check hands in: an assignment's own reference solution, with its typed answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT

COURSE, SLUG = "dl2", "13"


@dataclass(frozen=True)
class Sample:
    """A notebook and the form's fields (`answer-13.3` and so on)."""

    course: str
    slug: str
    notebook: Path
    fields: dict[str, str | list[str]]


def sample() -> Sample:
    folder = ROOT / "assignments" / "courses" / COURSE / SLUG
    return Sample(COURSE, SLUG, folder / "reference.ipynb", {"answer-13.3": "118282"})

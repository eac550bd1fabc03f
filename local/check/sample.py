"""What the check hands in: an assignment's own reference solution, with its typed answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT

# Takes the longest way there is: the data set, a training in the sandbox, models rebuilt and measured on held-out images.
COURSE, SLUG = "dl2", "13"


@dataclass(frozen=True)
class Sample:
    """A notebook, and the form's fields by name (`answer-13.3` and so on)."""

    course: str
    slug: str
    notebook: Path
    fields: dict[str, str | list[str]]


def sample() -> Sample:
    folder = ROOT / "assignments" / "courses" / COURSE / SLUG
    answers = json.loads((folder / "reference.answers.json").read_text(encoding="utf-8"))
    return Sample(COURSE, SLUG, folder / "reference.ipynb", {f"answer-{task}": answer for task, answer in answers.items()})

"""`ru.md` and `en.md`: the assignment's text, then a section `## 13.1 Title` for each task."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from assignments.package.problems import Problems, did_you_mean

LANGUAGES = ("ru", "en")
_HEADING = re.compile(r"^##\s+(?P<id>\S+?)[.:]?(?:\s+(?P<title>.*\S))?\s*$")


@dataclass(frozen=True)
class Section:
    """One task's title and Markdown, and the line of its heading."""

    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Texts:
    """What one language's file says."""

    intro: str
    sections: dict[str, Section]


def read(file: Path, task_ids: tuple[str, ...], problems: Problems) -> Texts:
    """Split the file at headings that name a task. A second-level heading inside a fence is text like any other."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        problems.add(file, 1, "package.text_missing", lang=file.stem, task=task_ids[0])
        return Texts("", {})
    except UnicodeDecodeError:
        problems.add(file, 1, "package.not_utf8")
        return Texts("", {})
    intro, sections = _split(file, lines, task_ids, problems)
    for missing in [task for task in task_ids if task not in sections]:
        problems.add(file, len(lines) or 1, "package.no_section", task=missing)
    return Texts(intro, sections)


def _split(file: Path, lines: list[str], task_ids: tuple[str, ...], problems: Problems) -> tuple[str, dict[str, Section]]:
    starts: list[tuple[int, str, str]] = []  # line from 0, task, title
    fenced = False
    for at, line in enumerate(lines):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else _HEADING.match(line)
        if not heading:
            continue
        if heading["id"] in task_ids:
            if any(heading["id"] == task for _, task, _ in starts):
                problems.add(file, at + 1, "package.second_section", task=heading["id"])
            starts.append((at, heading["id"], heading["title"] or ""))
            if not heading["title"]:
                problems.add(file, at + 1, "package.no_title", task=heading["id"])
        elif re.match(r"\d+[.]\d+$", heading["id"]):
            near = did_you_mean(heading["id"], task_ids)
            problems.add(file, at + 1, "package.section_of_no_task", task=heading["id"], near=near)
    ends = [at for at, _, _ in starts[1:]] + [len(lines)]
    sections = {
        task: Section(title, "\n".join(lines[at + 1 : end]).strip(), at + 1)
        for (at, task, title), end in zip(starts, ends, strict=True)
    }
    intro = "\n".join(lines[: starts[0][0]] if starts else lines).strip()
    return re.sub(r"^#\s+.*\n?", "", intro).strip(), sections

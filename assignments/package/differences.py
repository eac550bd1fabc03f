"""What a changed package changes for students, in words: for a teacher before it is loaded, and for whoever asks later."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assignments.package.figures import FOLDER
from assignments.package.values import AssignmentPackage, Option, Task
from grader.checks.values import CheckSpec

_SETTINGS = ("notebook", "runtime", "device", "attempts", "dataset", "held_out", "expected_s")
_UNSEEN = ("collect", "collect_models")  # how it is judged, not what is asked
_LONGEST = 40  # characters of a value that are shown
_HINTS = ("hints", "slips", "label")


def of_courses(old: Mapping[str, AssignmentPackage], new: Mapping[str, AssignmentPackage]) -> list[str]:
    """Everything that changed between two courses, given by the assignments' slugs in order."""
    said = [f"{slug}: taken out ({_size(old[slug])})." for slug in old if slug not in new]
    said += [f"{slug}: new ({_size(new[slug])})." for slug in new if slug not in old]
    both = [slug for slug in new if slug in old]
    if both != [slug for slug in old if slug in new]:
        said.append(f"The order is now {', '.join(new)}.")
    return said + [f"{slug}: {sentence}" for slug in both for sentence in of_assignments(old[slug], new[slug])]


def of_assignments(old: AssignmentPackage, new: AssignmentPackage) -> list[str]:
    """Everything that changed between two versions of an assignment."""
    said = list(_texts("title", old.title, new.title)) + list(_texts("text", old.text, new.text))
    said += [_changed(name, getattr(old, name), getattr(new, name)) for name in _SETTINGS if _differ(old, new, name)]
    limits = [one.name for one in dataclasses.fields(old.limits) if _differ(old.limits, new.limits, one.name)]
    said += [_changed(name, getattr(old.limits, name), getattr(new.limits, name)) for name in limits]
    before, after = ({task.id: task for task in package.tasks} for package in (old, new))
    said += [f"task {task} is taken out ({before[task].spec.max_points:g} points)." for task in before if task not in after]
    said += [f"task {task} is new ({after[task].spec.max_points:g} points)." for task in after if task not in before]
    for task in [task for task in after if task in before]:
        said += [f"{task}: {sentence}" for sentence in _task(before[task], after[task])]
    if old.max_score != new.max_score:
        said.append(_changed("points of all tasks", old.max_score, new.max_score))
    said += list(_files(old.root, new.root))
    if old.explained != new.explained:
        said.append("other errors of a notebook are explained (exceptions.yaml).")
    if any(_differ(old, new, name) for name in _UNSEEN):
        said.append("what is kept of a notebook's run changed (collect, collect_models).")
    return said


def _size(package: AssignmentPackage) -> str:
    return f"{len(package.tasks)} tasks, {package.max_score:g} points"


def _task(old: Task, new: Task) -> Iterator[str]:
    yield from _texts("title", old.title, new.title)
    yield from _texts("text", old.text, new.text)
    if old.spec.max_points != new.spec.max_points:
        yield _changed("points", old.spec.max_points, new.spec.max_points)
    for name in ("kind", "required"):
        if _differ(old.widget, new.widget, name):
            yield _changed(f"answer, {name}", getattr(old.widget, name), getattr(new.widget, name))
    yield from _texts("the field's label", old.widget.label, new.widget.label)
    yield from _options("option", old.widget.options, new.widget.options)
    yield from _options("row", old.widget.rows, new.widget.rows)
    yield from _checks(old.spec.checks, new.spec.checks)
    if dict(old.messages) != dict(new.messages):
        yield "hints are worded otherwise."


def _texts(what: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    langs = [lang for lang in new if old.get(lang) != new[lang]]
    if langs:
        yield f"{what} changed ({', '.join(langs)})."


def _options(what: str, old: Sequence[Option], new: Sequence[Option]) -> Iterator[str]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    yield from (f'{what} "{one}" is taken out.' for one in before if one not in after)
    yield from (f'{what} "{one}" is new: {after[one].text.get("en", "")}.' for one in after if one not in before)
    both = [one for one in after if one in before]
    yield from (f'{what} "{one}" is worded otherwise.' for one in both if dict(before[one].text) != dict(after[one].text))
    if any(set(before[one].also) != set(after[one].also) for one in both):
        yield f"other wordings are accepted for the {what}s."
    if [one for one in before if one in after] != both:
        yield f"the {what}s stand in another order."


def _checks(old: Sequence[CheckSpec], new: Sequence[CheckSpec]) -> Iterator[str]:
    """Checks are told apart by kind and by their number among those of that kind."""
    before, after = _numbered(old), _numbered(new)
    yield from (f"the check {name} is taken out." for name in before if name not in after)
    yield from (f"the check {name} is new." for name in after if name not in before)
    for name in [name for name in after if name in before]:
        one, other = before[name], after[name]
        for field in ("points", "gate"):
            if _differ(one, other, field):
                yield _changed(f"{name}, {field}", getattr(one, field), getattr(other, field))
        yield from _parameters(name, one.params, other.params)


def _numbered(checks: Sequence[CheckSpec]) -> dict[str, CheckSpec]:
    found: dict[str, CheckSpec] = {}
    for spec in checks:
        number = sum(name.split(" ")[0] == spec.kind for name in found) + 1
        found[spec.kind if number == 1 else f"{spec.kind} ({number})"] = spec
    return found


def _parameters(name: str, old: Any, new: Any) -> Iterator[str]:
    for one in dataclasses.fields(new):
        if one.metadata.get("from") == "widget.options" or not _differ(old, new, one.name):
            continue
        if one.name in _HINTS:
            yield f"{name}: other mistakes are explained."
        elif one.metadata.get("from"):
            yield f"{name}: {one.name} changed (hidden)."
        else:
            yield _changed(f"{name}, {one.name}", getattr(old, one.name), getattr(new, one.name))


def _files(old: Path, new: Path) -> Iterator[str]:
    names = {
        "starter.ipynb": "the starter notebook changed.",
        "reference.ipynb": "the reference changed (students do not see it).",
    }
    yield from (sentence for name, sentence in names.items() if _bytes(old / name) != _bytes(new / name))
    pictures = sorted({file.name for folder in (old, new) for file in (folder / FOLDER).glob("*.svg")})
    yield from (f"the figure {name} changed." for name in pictures if _bytes(old / FOLDER / name) != _bytes(new / FOLDER / name))


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _differ(old: Any, new: Any, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def _changed(what: str, old: Any, new: Any) -> str:
    return f"{what}: {_shown(old)} → {_shown(new)}."


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    text = ", ".join(map(_shown, value)) if isinstance(value, tuple) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

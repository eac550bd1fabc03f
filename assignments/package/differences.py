"""What a changed package changes for students: for a teacher before it is loaded, and for whoever asks later."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assignments.package.figures import FOLDER
from assignments.package.values import AssignmentPackage, Option, Task
from grader.catalogue.values import InBoth, Shown, Told, told
from grader.checks.values import CheckSpec

_SETTINGS = ("notebook", "runtime", "device", "attempts", "dataset", "held_out", "expected_s")
_UNSEEN = ("collect", "collect_models")  # how it is judged, not what is asked
_LONGEST = 40  # characters of a value that are shown
_MOST = 8  # items of a list that are shown
_HINTS = ("hints", "slips", "label")


def of_courses(old: Mapping[str, AssignmentPackage], new: Mapping[str, AssignmentPackage]) -> list[Told]:
    """Everything that changed between two courses, given by the assignments' slugs in order."""
    said = [told("change.assignment_out", slug=slug, **_size(old[slug])) for slug in old if slug not in new]
    said += [told("change.assignment_new", slug=slug, **_size(new[slug])) for slug in new if slug not in old]
    both = [slug for slug in new if slug in old]
    if both != [slug for slug in old if slug in new]:
        said.append(told("change.assignments_order", order=tuple(new)))
    return said + [_within(slug, one) for slug in both for one in of_assignments(old[slug], new[slug])]


def of_assignments(old: AssignmentPackage, new: AssignmentPackage) -> list[Told]:
    """Everything that changed between two versions of an assignment."""
    said = [*_texts("change.title", old.title, new.title), *_texts("change.text", old.text, new.text)]
    said += [_changed(name, getattr(old, name), getattr(new, name)) for name in _SETTINGS if _differ(old, new, name)]
    limits = [one.name for one in dataclasses.fields(old.limits) if _differ(old.limits, new.limits, one.name)]
    said += [_changed(name, getattr(old.limits, name), getattr(new.limits, name)) for name in limits]
    before, after = ({task.id: task for task in package.tasks} for package in (old, new))
    said += [told("change.task_out", task=task, points=_points(before[task])) for task in before if task not in after]
    said += [told("change.task_new", task=task, points=_points(after[task])) for task in after if task not in before]
    said += [_within(task, one) for task in after if task in before for one in _task(before[task], after[task])]
    if old.max_score != new.max_score:
        said.append(_changed(told("part.points_of_all"), old.max_score, new.max_score))
    said += list(_files(old.root, new.root))
    if old.explained != new.explained:
        said.append(told("change.exceptions"))
    if any(_differ(old, new, name) for name in _UNSEEN):
        said.append(told("change.collected"))
    return said


def _within(where: str, one: Told) -> Told:
    return told("part.within", where=where, says=one)


def _size(package: AssignmentPackage) -> dict[str, Shown]:
    return {"tasks": len(package.tasks), "points": f"{package.max_score:g}"}


def _points(task: Task) -> str:
    return f"{task.spec.max_points:g}"


def _task(old: Task, new: Task) -> Iterator[Told]:
    yield from _texts("change.title", old.title, new.title)
    yield from _texts("change.text", old.text, new.text)
    if old.spec.max_points != new.spec.max_points:
        yield _changed(told("part.points"), old.spec.max_points, new.spec.max_points)
    for name in ("kind", "required"):
        if _differ(old.widget, new.widget, name):
            yield _changed(told("part.answer", name=name), getattr(old.widget, name), getattr(new.widget, name))
    yield from _texts("change.label", old.widget.label, new.widget.label)
    yield from _options(_OPTIONS, old.widget.options, new.widget.options)
    yield from _options(_ROWS, old.widget.rows, new.widget.rows)
    yield from _checks(old.spec.checks, new.spec.checks)
    if dict(old.messages) != dict(new.messages):
        yield told("change.hints")


def _texts(code: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Told]:
    langs = tuple(lang for lang in new if old.get(lang) != new[lang])
    if langs:
        yield told(code, langs=langs)


@dataclasses.dataclass(frozen=True)
class _Codes:
    """What is told of a list of options, or of rows."""

    out: str
    new: str
    worded: str
    also: str
    order: str


_OPTIONS = _Codes("change.option_out", "change.option_new", "change.option_worded", "change.options_also", "change.options_order")
_ROWS = _Codes("change.row_out", "change.row_new", "change.row_worded", "change.rows_also", "change.rows_order")


def _options(codes: _Codes, old: Sequence[Option], new: Sequence[Option]) -> Iterator[Told]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    yield from (told(codes.out, id=one) for one in before if one not in after)
    yield from (told(codes.new, id=one, text=InBoth(**after[one].text)) for one in after if one not in before)
    both = [one for one in after if one in before]
    yield from (told(codes.worded, id=one) for one in both if dict(before[one].text) != dict(after[one].text))
    if any(set(before[one].also) != set(after[one].also) for one in both):
        yield told(codes.also)
    if [one for one in before if one in after] != both:
        yield told(codes.order)


def _checks(old: Sequence[CheckSpec], new: Sequence[CheckSpec]) -> Iterator[Told]:
    """Checks are told apart by kind and by their number among those of that kind."""
    before, after = _numbered(old), _numbered(new)
    yield from (told("change.check_out", check=name) for name in before if name not in after)
    yield from (told("change.check_new", check=name) for name in after if name not in before)
    for name in [name for name in after if name in before]:
        one, other = before[name], after[name]
        if one.points != other.points:
            yield _changed(told("part.points_of", check=name), one.points, other.points)
        if one.gate != other.gate:
            yield _changed(f"{name}, gate", one.gate, other.gate)
        yield from _parameters(name, one.params, other.params)


def _numbered(checks: Sequence[CheckSpec]) -> dict[str, CheckSpec]:
    found: dict[str, CheckSpec] = {}
    for spec in checks:
        number = sum(name.split(" ")[0] == spec.kind for name in found) + 1
        found[spec.kind if number == 1 else f"{spec.kind} ({number})"] = spec
    return found


def _parameters(name: str, old: Any, new: Any) -> Iterator[Told]:
    for one in dataclasses.fields(new):
        if one.metadata.get("from") == "widget.options" or not _differ(old, new, one.name):
            continue
        if one.name in _HINTS:
            yield told("change.mistakes", check=name)
        elif one.metadata.get("from"):
            yield told("change.hidden", check=name, name=one.name)
        else:
            yield _changed(f"{name}, {one.name}", getattr(old, one.name), getattr(new, one.name))


def _files(old: Path, new: Path) -> Iterator[Told]:
    codes = {"starter.ipynb": "change.starter", "reference.ipynb": "change.reference"}
    yield from (told(code) for name, code in codes.items() if _bytes(old / name) != _bytes(new / name))
    pictures = sorted({file.name for folder in (old, new) for file in (folder / FOLDER).glob("*.svg")})
    changed = [name for name in pictures if _bytes(old / FOLDER / name) != _bytes(new / FOLDER / name)]
    yield from (told("change.figure", name=name) for name in changed)


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def _differ(old: Any, new: Any, name: str) -> bool:
    return bool(getattr(old, name) != getattr(new, name))


def _changed(what: Shown, old: Any, new: Any) -> Told:
    return told("change.value", what=what, old=_shown(old), new=_shown(new))


def _shown(value: Any) -> Shown:
    """A value as a sentence holds it: numbers as they stand in the file."""
    if value is None or value == "":
        return told("part.none")
    if isinstance(value, bool):
        return value
    if isinstance(value, tuple):
        shown = tuple(map(_shown, value[:_MOST]))
        return shown if len(value) <= _MOST else (*shown, "…")
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

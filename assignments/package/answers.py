"""Answers as people and programs give them, read into what checks take.

A form gives option ids, the command line gives what a person types (an option's text in either language, several
separated by `;`, `left=right; …`), JSON gives lists and mappings. What cannot be matched to an option is kept as text:
a check sends it to a person, so nothing is refused here but what is too long or belongs to no task.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assignments.package.values import AssignmentPackage, Option, Task
from grader.checks.values import Answer, Scalar

LONGEST = 4000  # characters of one answer
MOST_ITEMS = 100
_DEEPEST = 3  # a list of pairs, or a mapping to lists, and one more


class AnswerError(ValueError):
    """An answer that cannot be taken at all: a catalogue code, its values, and the task it was given for."""

    def __init__(self, code: str, values: Mapping[str, Scalar], task: str) -> None:
        self.code, self.values, self.task = code, dict(values), task
        super().__init__(f"{code} {dict(values)}")


def read_answers(package: AssignmentPackage, raw: Mapping[str, Any]) -> dict[str, Answer]:
    """Every task's answer; a task without one is left out. Raises AnswerError."""
    tasks = {task.id: task for task in package.tasks}
    for key in raw:
        if str(key) not in tasks:
            raise AnswerError("answer.unknown_task", {"task": str(key)[:40], "known": ", ".join(tasks)}, str(key))
    answers = {str(key): read_answer(tasks[str(key)], value) for key, value in raw.items()}
    return {key: answer for key, answer in answers.items() if not answer.empty}


def read_answer(task: Task, raw: Any) -> Answer:
    """One task's answer from a text, a number, a list or a mapping. Raises AnswerError where it is too long or too deep."""
    _check_size(task, raw)
    widget = task.widget
    if widget.kind == "choice":
        items = _chosen(widget.options, raw)
        return Answer(text=items[0]) if len(items) == 1 else Answer(items=items)
    if widget.kind == "choices":
        return Answer(items=_chosen(widget.options, raw))
    if widget.kind == "matching":
        return _pairs(widget.rows, widget.options, raw)
    if widget.kind == "sequence":
        parts = _flat(raw) if not isinstance(raw, str) else [part.strip() for part in re.split(r"[,;\n]", raw)]
        return Answer(items=tuple(_option(widget.options, part) or part for part in parts if part))
    return Answer(text="; ".join(_flat(raw)))


def _check_size(task: Task, raw: Any) -> None:
    if _deeper(raw, _DEEPEST):
        raise AnswerError("answer.nested", {"task": task.id}, task.id)
    parts = _flat(raw)
    length = sum(len(part) for part in parts)
    if length > LONGEST or len(parts) > MOST_ITEMS:
        raise AnswerError("answer.too_long", {"length": length, "longest": LONGEST}, task.id)


def _deeper(raw: Any, levels: int) -> bool:
    """Whether lists and mappings stand in one another more than `levels` deep; looks no further than that."""
    inner = raw.values() if isinstance(raw, Mapping) else raw if isinstance(raw, (list, tuple)) else None
    return inner is not None and (levels == 0 or any(_deeper(item, levels - 1) for item in inner))


def _flat(raw: Any) -> list[str]:
    """The texts in `raw`, two levels deep at most; numbers as people write them."""
    if raw is None:
        return []
    if isinstance(raw, Mapping):
        return [f"{key}={' '.join(_flat(value))}" for key, value in raw.items()]
    if isinstance(raw, Sequence) and not isinstance(raw, (str, bytes)):
        return [_text(item) if not isinstance(item, (list, tuple)) else "=".join(map(_text, item)) for item in raw]
    return [_text(raw)]


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return str(raw).replace("\0", "").strip()


def _normal(text: str) -> str:
    """Case, spaces, quotation marks, the dots of ё and a closing full stop do not tell options apart."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").replace("`", "")
    folded = re.sub(r"[«»„“”\"']", "", folded).replace("–", "-").replace("—", "-")
    return re.sub(r"\s+", " ", folded).strip().rstrip(".;!").strip()


def _option(options: Iterable[Option], text: str) -> str | None:
    """The id of the option that `text` names, by id or by its text in any language."""
    wanted = _normal(text)
    some = tuple(options)
    for option in some:
        if text.strip() == option.id:
            return option.id
    return next((one.id for one in some if wanted and wanted in _names(one)), None)


def _names(option: Option) -> set[str]:
    return {_normal(name) for name in (option.id, *option.text.values(), *option.also)}


def _chosen(options: tuple[Option, ...], raw: Any) -> tuple[str, ...]:
    """Ids of the options that are named, in the order given; a part that names none stays as it is typed."""
    chosen: list[str] = []
    for part in _flat(raw):
        whole = _option(options, part)
        parts = [whole] if whole else [_option(options, piece) or piece.strip() for piece in re.split(r"[;\n]", part)]
        chosen += [piece for piece in parts if piece]
    return tuple(dict.fromkeys(chosen))


def _pairs(rows: tuple[Option, ...], options: tuple[Option, ...], raw: Any) -> Answer:
    parts = [piece for part in _flat(raw) for piece in (re.split(r"[;\n]", part) if isinstance(raw, str) else [part])]
    pairs, rest = [], []
    for part in filter(None, (piece.strip() for piece in parts)):
        pair = _pair(rows, options, part)
        if pair is None:
            rest.append(part)
        elif pair[1]:  # a row that a form left open is not an answer
            pairs.append(pair)
    return Answer(text="; ".join(rest), pairs=tuple(pairs + [(part, "") for part in rest]))


def _pair(rows: tuple[Option, ...], options: tuple[Option, ...], part: str) -> tuple[str, str] | None:
    """Split at the sign that leaves a known row on its left: texts may hold `=` themselves."""
    for sign in re.finditer(r"=|->|→|—|–| - |:", part):
        row = _option(rows, part[: sign.start()])
        if row:
            right = part[sign.end() :].strip()
            return row, _option(options, right) or right
    return None

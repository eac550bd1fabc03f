"""`checks:` of a task: each is read by the parameters of its kind."""

from __future__ import annotations

import dataclasses
from typing import Any

from assignments.package.convert import BAD, Converter
from assignments.package.problems import did_you_mean
from assignments.package.schema import CHECK_KEYS, CheckFile, TaskFile
from assignments.package.tree import Fields, Items, Node, Scalar
from grader import catalogue
from grader.catalogue.values import Shown, told
from grader.checks import KINDS
from grader.checks.values import CheckSpec

Placed = tuple[CheckSpec, int]  # a check and the line where it begins


def read_specs(task: TaskFile, converter: Converter) -> tuple[Placed, ...] | None:
    """The task's checks with their lines; None, with the problems noted, where one does not fit."""
    options = tuple(option.id for option in task.answer.options)
    specs = [_spec(node, options, task.line, converter) for node in task.checks]
    if not specs:
        converter.bad(task.line, "package.no_checks", task=task.id)
        return None
    placed = tuple(spec for spec in specs if spec)
    if len(placed) < len(specs):
        return None
    _check_messages(task, placed, converter)
    return placed


def note_wrong_checks(tree: Node, converter: Converter) -> None:
    """Of a file of which something else is wrong: what is wrong with its checks, so that all of it is said at once."""
    tasks = tree.fields.get("tasks") if isinstance(tree, Fields) else None
    for task in tasks.items if isinstance(tasks, Items) else ():
        checks = task.fields.get("checks") if isinstance(task, Fields) else None
        for node in checks.items if isinstance(checks, Items) else ():
            _spec(node, _options(task), task.line, converter)


def _options(task: Node) -> tuple[str, ...] | None:
    """The ids of a task's options; None where they can't be told."""
    answer = task.fields.get("answer") if isinstance(task, Fields) else None
    options = answer.fields.get("options") if isinstance(answer, Fields) else None
    ids = [one.fields.get("id") for one in options.items if isinstance(one, Fields)] if isinstance(options, Items) else []
    said = tuple(one.value for one in ids if isinstance(one, Scalar) and isinstance(one.value, str))
    return said if said and isinstance(options, Items) and len(said) == len(options.items) else None


def _spec(node: object, options: tuple[str, ...] | None, line: int, converter: Converter) -> Placed | None:
    """The check; None, with the problems noted, where it does not fit, and where it needs options and they are not known."""
    if not isinstance(node, Fields):
        converter.bad(getattr(node, "line", line), "package.check_mapping")
        return None
    kind = node.fields.get("kind")
    name = kind.value if isinstance(kind, Scalar) else None
    if not isinstance(name, str) or name not in KINDS:
        line, near = node.lines.get("kind", node.line), did_you_mean(str(name), KINDS)
        if name:
            converter.bad(line, "package.no_such_kind", kind=str(name), near=near)
        else:
            converter.bad(line, "package.kind_needed", near=near)
        return None
    what = told("part.check", kind=name)
    own = Fields(
        node.line,
        {key: value for key, value in node.fields.items() if key not in CHECK_KEYS},
        {key: line for key, line in node.lines.items() if key not in CHECK_KEYS},
    )
    common = converter.record(_only(node, CHECK_KEYS), CheckFile, what)
    params = _params(own, KINDS[name].params, what, options, converter)
    if common is BAD or params is BAD:
        return None
    if common.points < 0 or (common.points == 0 and not common.gate):
        converter.bad(node.line, "package.decides_nothing", what=what)
        return None
    return CheckSpec(name, params, common.points, common.gate, common.label), node.line


def _only(node: Fields, keys: tuple[str, ...]) -> Fields:
    kept = {key: value for key, value in node.fields.items() if key in keys}
    return Fields(node.line, kept, node.lines)


def _params(node: Fields, cls: type, what: Shown, options: tuple[str, ...] | None, converter: Converter) -> Any:
    filled = {one.name for one in dataclasses.fields(cls) if one.metadata.get("from") == "widget.options"}
    if filled and options is None:
        return BAD
    return converter.record(node, cls, what, given=dict.fromkeys(filled, options), also=CHECK_KEYS)


def _check_messages(task: TaskFile, specs: tuple[Placed, ...], converter: Converter) -> None:
    """Every hint that a check names must be a message of the task or a hint of the catalogue, and every message used."""
    used = {code: line for spec, line in specs for name in ("hints", "slips") for code in getattr(spec.params, name, {}).values()}
    known = set(task.messages) | {code for code in catalogue.codes("en") if code.startswith("hint.")}
    for code in sorted(set(used) - known):
        converter.bad(used[code], "package.hint_without_message", task=task.id, hint=code, near=did_you_mean(code, known))
    for code in sorted(set(task.messages) - set(used)):
        converter.bad(task.line, "package.message_unused", task=task.id, message=code)
    for code in sorted(task.messages):
        if "." in code:
            converter.bad(task.line, "package.message_with_dot", task=task.id, message=code)

"""Answers with one thing off, as a person would type them, and the right one where the key itself says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from assignments.package.values import Task
from grader.checks.values import CheckSpec
from worker.course_check.mutants.edit import edited

Raw = Any  # what `read_answers` takes: a text, a list or a mapping
_EDGES = ("at_least", "more_than", "at_most", "less_than")


def right(task: Task) -> Raw | None:
    """The answer that the key asks for; None where it does not say, or where the field may stay empty."""
    return next((found for spec in task.spec.checks if (found := _right(spec, task)) is not None), None)


def _right(spec: CheckSpec, task: Task) -> Raw | None:
    params = spec.params
    if task.widget.kind == "matching":
        return dict(params.right) if hasattr(params, "right") else None
    if hasattr(params, "right"):
        return params.right if isinstance(params.right, str) else list(params.right)
    if hasattr(params, "accepted"):
        return params.accepted[0]
    if spec.kind == "typed_count":
        return str(params.value)
    if spec.kind == "number":
        if params.equals is not None:
            return _written(params.equals)
        edges = [edge for name in _EDGES if (edge := getattr(params, name)) is not None]
        return _written(sum(edges) / 2) if len(edges) == 2 else None
    return None


def _written(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def mutants(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    """Each wrong answer with its name. `given` is the right one."""
    makers = {
        "choice": _choice, "choices": _choices, "matching": _matching, "sequence": _sequence, "number": _number,
        "text": _text, "expression": _expression,
    }  # fmt: skip
    if task.widget.kind in makers:
        yield from makers[task.widget.kind](task, given)
        yield "empty", ""


def _ids(task: Task) -> list[str]:
    return [option.id for option in task.widget.options]


def _choice(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    for option in _ids(task):
        if option != given:
            yield f"another option: {option}", option
            yield f"one option more: {option}", [given, option]


def _choices(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    for option in given:
        yield f"one option less: {option}", [one for one in given if one != option]
    for option in _ids(task):
        if option not in given:
            yield f"one option more: {option}", [*given, option]
    yield "every option", _ids(task)


def _matching(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    rows = list(given)
    for at, row in enumerate(rows):
        other = next((one for one in rows[at + 1 :] if given[one] != given[row]), None)
        if other:
            yield f"pair swapped: {row}, {other}", {**given, row: given[other], other: given[row]}
        yield f"one row less: {row}", {one: given[one] for one in rows if one != row}
        wrong = next(option for option in _ids(task) if option != given[row])
        yield f"another option: {row}", {**given, row: wrong}


def _sequence(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    known = _ids(task) or sorted(set(given))
    for at, word in enumerate(given):
        other = next((one for one in known if one != word), "another")
        yield f"place {at + 1} off", [*given[:at], other, *given[at + 1 :]]
    yield "one less", list(given[:-1])
    yield "one more", [*given, given[-1]]


def _text(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    yield "another text", f"not {given}"


def _number(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    """Numbers off in the usual ways; those that the key's interval holds are right, and not made."""
    try:
        value = float(str(given).replace(",", ".").rstrip("% ").lstrip(">≥ "))
    except ValueError:
        return
    whole = value == int(value) and not 0 <= value <= 1
    counted = any(spec.kind in ("typed_count", "number") for spec in task.spec.checks)
    off = {"ten times": value * 10, "a tenth": value / 10, "negative": -value}
    off |= {"one more": value + 1, "one less": value - 1} if counted and whole else {"half": value / 2}
    intervals = [spec.params for spec in task.spec.checks if spec.kind == "number"]
    for name, number in off.items():
        if not any(_inside(params, number) for params in intervals):
            yield f"number off: {name}", f"{number:.6g}" if abs(number) < 1e5 else _written(number)


def _inside(params: Any, value: float) -> bool:
    if params.equals is not None:
        return bool(abs(value - params.equals) <= params.tolerance)
    low = params.at_least if params.at_least is not None else params.more_than
    high = params.at_most if params.at_most is not None else params.less_than
    return (low is None or value >= low) and (high is None or value <= high)


def _expression(task: Task, given: Raw) -> Iterator[tuple[str, Raw]]:
    """Each whole number one more, a comparison for an assignment, and the name alone."""
    try:
        tree = ast.parse(given)
    except SyntaxError:
        return
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            wrong = edited(tree, place, _one_more)
            yield f"number off: {ast.unparse(wrong)}", ast.unparse(wrong)
    if isinstance(tree.body[0], ast.Assign):
        yield "compared, not assigned", given.replace("=", "==", 1)
        yield "nothing assigned", ast.unparse(tree.body[0].targets[0])


def _one_more(node: ast.Constant) -> ast.AST:
    assert isinstance(node.value, int)
    return ast.Constant(node.value + 1)

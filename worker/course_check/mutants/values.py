"""What is wrong with what a notebook computes: an axis, a number, an operation, names exchanged, a result written by hand."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from assignments.package.values import AssignmentPackage
from worker.course_check.mutants.edit import Family, Mutant, Notebook, called, every, keyword, told

VALUES: Family = frozenset({"values"})
ANY: Family = frozenset({"values", "predictions", "structure"})
Operator = Callable[[Notebook], Iterator[Mutant]]
_AXIS_SECOND = {"cat", "concat", "concatenate", "stack", "argmax", "sum", "mean", "max", "min", "softmax"}
_OTHER = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.MatMult: ast.Mult, ast.Pow: ast.Mult}


def operators_for(package: AssignmentPackage) -> list[Operator]:
    """Axes everywhere; the rest where a check looks at what was computed. `names` of such a check are written by hand."""
    looking = [spec for task in package.tasks for spec in task.spec.checks if hasattr(spec.params, "original")]
    if not looking:
        return [wrong_axis]
    by_hand = [partial(written_by_hand, names=spec.params.names, value=spec.params.value) for spec in looking]
    return [wrong_axis, number_off, other_operation, exchanged, *by_hand]


def wrong_axis(notebook: Notebook) -> Iterator[Mutant]:
    """`dim` or `axis` 0 for 1 and the other way round, by name or as the second argument of the usual functions."""

    def named(call: ast.Call) -> None:
        axis = keyword(call, "dim", "axis")
        assert axis is not None
        axis.value = ast.Constant(0 if _axis(axis.value) else 1)

    def second(call: ast.Call) -> None:
        call.args[1] = ast.Constant(0 if _axis(call.args[1]) else 1)

    def has_axis(call: ast.Call) -> bool:
        axis = keyword(call, "dim", "axis")
        return axis is not None and _is_axis(axis.value)

    def has_second(call: ast.Call) -> bool:
        return called(call) in _AXIS_SECOND and len(call.args) == 2 and _is_axis(call.args[1])

    yield from every(notebook, ast.Call, has_axis, named, "wrong axis", told, ANY)
    yield from every(notebook, ast.Call, has_second, second, "wrong axis", told, ANY)


def _axis(node: ast.expr) -> Any:
    return ast.literal_eval(node)


def _is_axis(node: ast.expr) -> bool:
    try:
        return ast.literal_eval(node) in (0, 1, -1)
    except (ValueError, TypeError):
        return False


def number_off(notebook: Notebook) -> Iterator[Mutant]:
    """A whole number in a computation one more, an index beside itself; what is given as data stays."""

    def operand(operation: ast.BinOp) -> None:
        side = "left" if _whole(operation.left) else "right"
        setattr(operation, side, ast.Constant(ast.literal_eval(getattr(operation, side)) + 1))

    def index(subscript: ast.Subscript) -> None:
        place = ast.literal_eval(subscript.slice)
        subscript.slice = ast.Constant(place - 1 if place > 0 else place + 1)

    def has_whole(operation: ast.BinOp) -> bool:
        return _whole(operation.left) or _whole(operation.right)

    def at_whole(subscript: ast.Subscript) -> bool:
        return _whole(subscript.slice)

    yield from every(notebook, ast.BinOp, has_whole, operand, "number off by one", told, VALUES)
    yield from every(notebook, ast.Subscript, at_whole, index, "number off by one", told, VALUES)


def _whole(node: ast.expr) -> bool:
    try:
        return type(ast.literal_eval(node)) is int
    except (ValueError, TypeError):
        return False


def other_operation(notebook: Notebook) -> Iterator[Mutant]:
    def edit(operation: ast.BinOp) -> None:
        operation.op = _OTHER[type(operation.op)]()

    yield from every(notebook, ast.BinOp, lambda one: type(one.op) in _OTHER, edit, "another operation", told, VALUES)


def exchanged(notebook: Notebook) -> Iterator[Mutant]:
    """Two variables of one expression, each in the other's place, where that makes another expression."""

    def edit(assign: ast.Assign) -> None:
        one, other = _two(assign)
        for node in ast.walk(assign.value):
            if isinstance(node, ast.Name) and node.id in (one, other):
                node.id = other if node.id == one else one

    def wanted(assign: ast.Assign) -> bool:
        if len(_two(assign)) != 2:
            return False
        after = copy.deepcopy(assign)
        edit(after)
        return _ordered(after.value) != _ordered(assign.value)

    yield from every(notebook, ast.Assign, wanted, edit, "variables exchanged", told, VALUES)


def _ordered(node: ast.expr) -> str:
    """The expression as text, the sides of sums and products in one order: `a + b` is `b + a`."""
    node = copy.deepcopy(node)
    for one in ast.walk(node):
        if isinstance(one, ast.BinOp) and isinstance(one.op, (ast.Add, ast.Mult)):
            one.left, one.right = sorted((one.left, one.right), key=_ordered)
    return ast.dump(node)


def _two(assign: ast.Assign) -> list[str]:
    names = [one for one in ast.walk(assign.value) if isinstance(one, ast.Name)]
    others = {id(one.value) for one in ast.walk(assign.value) if isinstance(one, ast.Attribute)}
    others |= {id(one.func) for one in ast.walk(assign.value) if isinstance(one, ast.Call)}
    return sorted({one.id for one in names if id(one) not in others})


def written_by_hand(notebook: Notebook, names: tuple[str, ...], value: float) -> Iterator[Mutant]:
    """The right result as a number in the code, with nothing computed."""

    def edit(assign: ast.Assign) -> None:
        assign.value = ast.Constant(int(value) if value == int(value) else value)

    def wanted(assign: ast.Assign) -> bool:
        return isinstance(assign.targets[0], ast.Name) and assign.targets[0].id in names

    yield from every(notebook, ast.Assign, wanted, edit, "written by hand", told, VALUES)

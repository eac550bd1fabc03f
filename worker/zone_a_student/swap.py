"""Re-runs on other inputs: any variable that is given the task's original array gets the hidden one instead.

After each statement that binds names, a call is added that looks at the value and, where it equals an original
(the same shape and numbers, whatever the type), replaces it by the hidden array in the same type. What a notebook
computes from its inputs it then computes from ours; what it wrote down by hand stays as it was.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Any

from _grader_kit import plain

HOOK = "__grader_swap__"


class Hooks(ast.NodeTransformer):
    """Adds `name = __grader_swap__("name", name)` after every statement that binds a plain name."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                setattr(node, field, [line for statement in block for line in (statement, *self.after(statement))])
        return node

    def after(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        targets: list[ast.expr]
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets = [statement.target]
        else:
            return
        for target in targets:
            for leaf in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                if isinstance(leaf, ast.Name):
                    yield self.hook(leaf.id, statement)

    def hook(self, name: str, statement: ast.stmt) -> ast.stmt:
        call = ast.Call(ast.Name(HOOK, ast.Load()), [ast.Constant(name), ast.Name(name, ast.Load())], [])
        added = ast.Assign([ast.Name(name, ast.Store())], call)
        return ast.fix_missing_locations(ast.copy_location(added, statement))


def install(shell: Any, swaps: list[dict[str, Any]], collector: Any) -> None:
    def swapped(name: str, value: Any) -> Any:
        try:
            return exchange(value, swaps, collector)
        except Exception:
            return value

    setattr(builtins, HOOK, swapped)
    shell.ast_transformers.append(Hooks())


def exchange(value: Any, swaps: list[dict[str, Any]], collector: Any) -> Any:
    if isinstance(value, (str, bytes, int, float, dict)):
        return value
    array = plain.array_of(value)
    if array is None:
        return value
    import numpy

    for pair in swaps:
        original = numpy.asarray(pair["original"], dtype=float)
        if array.shape == original.shape and numpy.array_equal(array.astype(float), original):
            collector.swapped.append(pair["name"])
            return like(value, numpy.asarray(pair["replacement"], dtype=float))
    return value


def like(value: Any, numbers: Any) -> Any:
    """`numbers` in the type, dtype and place of `value`."""
    if hasattr(value, "detach") and hasattr(value, "dtype"):
        import torch

        fresh = torch.tensor(numbers, dtype=value.dtype, device=value.device)
        return fresh.requires_grad_(value.requires_grad) if value.is_leaf else fresh
    if hasattr(value, "numpy"):
        import tensorflow

        fresh = tensorflow.constant(numbers, dtype=value.dtype)
        return tensorflow.Variable(fresh) if isinstance(value, tensorflow.Variable) else fresh
    if isinstance(value, (list, tuple)):
        integers = all(float(item).is_integer() for item in numbers.ravel())
        return (numbers.astype(int) if integers else numbers).tolist()
    return numbers.astype(value.dtype)

"""A typed expression that changes a tensor: tried in a sandbox of its own on each of several dtypes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from grader.checks.registry import Reruns, check
from grader.checks.values import Answer, ExtraRun, Rerun, Value, Values, Verdict, error, failed, not_judged, noting, passed

LONGEST = 500
_CASE = "typed"
Matrix = tuple[tuple[float, ...], ...]
Cell = tuple[int, int]


@dataclass(frozen=True)
class Changed:
    """The expression finds the tensor `name` as `given`, of each of `dtypes` in turn, and must leave it as `expected`."""

    given: Matrix
    expected: Matrix
    name: str = "t1"
    dtypes: tuple[str, ...] = ("float32", "float64", "int64")

    def __post_init__(self) -> None:
        if not self.given or not self.given[0] or len({len(row) for row in self.given}) > 1:
            raise ValueError("given must hold rows of the same length, at least one")
        if [len(row) for row in self.expected] != [len(row) for row in self.given]:
            raise ValueError("expected must have the shape of given")
        if not self.cells:
            raise ValueError("expected is the same as given, so there would be nothing to do")

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.given), len(self.given[0])

    @property
    def cells(self) -> frozenset[Cell]:
        """Where the expression must change something."""
        return _differing(self.given, self.expected)

    @property
    def row(self) -> int | None:
        """The row that must change as a whole, from 0, where that is the task."""
        return _whole_row(self.cells, self.shape)

    def extra_runs(self, task_id: str, answer: Answer) -> tuple[ExtraRun, ...]:
        """One sandbox with a cell for each dtype; none where there is nothing to try."""
        code = answer.text.strip()
        if not code or len(code) > LONGEST:
            return ()
        given = [list(row) for row in self.given]
        cells = tuple(f"import torch\n{self.name} = torch.tensor({given}, dtype=torch.{dtype})\n{code}" for dtype in self.dtypes)
        return (ExtraRun(f"{task_id}:{_CASE}", cells=cells, collect=(self.name,)),)


@check("expression", params=Changed, judges=("expression",))
def expression(want: Changed, answer: Answer, reruns: Reruns) -> Verdict:
    """Only the tensor that is left counts, so `t1[2]+=1` and `t1[-2]=1` are as right as `t1[2,:]=1`."""
    if answer.empty:
        return failed("empty")
    if len(answer.text.strip()) > LONGEST:
        return failed("too_long", length=len(answer.text.strip()), longest=LONGEST)
    rerun = reruns.of.get(_CASE)
    if rerun is None:
        return not_judged("check.no_sandbox")
    for cell, dtype in enumerate(want.dtypes, 1):
        wrong = _case(want, answer, rerun, cell, dtype)
        if wrong:
            return wrong
    return passed(dtypes=", ".join(want.dtypes))


def _case(want: Changed, answer: Answer, rerun: Rerun, cell: int, dtype: str) -> Verdict | None:
    if rerun.status == "error" and (rerun.cell or 1) == cell:
        hint = _raised_hint(want, answer, rerun.error)
        told = failed("raised", ename=rerun.error or "Exception", dtype=dtype, hint=hint)
        return noting(told, _hint_values(want, hint))
    left = [value for value in rerun.values if value.name == want.name and value.cell == cell]
    if left:
        return _compare(want, left[-1], dtype)
    if rerun.status == "died":
        return error("died")
    if rerun.status in ("timeout", "memory"):
        return error("stopped", reason=rerun.status)
    return failed("no_tensor", name=want.name)


def _compare(want: Changed, value: Value, dtype: str) -> Verdict | None:
    rows, columns = want.shape
    if value.shape != want.shape or len(value.data) != rows * columns:
        return failed("shape", found=_size(value.shape), wanted=_size(want.shape))
    if value.dtype.removeprefix("torch.") != dtype:
        return failed("dtype", found=value.dtype.removeprefix("torch."), dtype=dtype)
    found = tuple(tuple(_number(item) for item in value.data[at * columns : (at + 1) * columns]) for at in range(rows))
    wrong, changed = _differing(found, want.expected), _differing(found, want.given)
    if not wrong:
        return None
    if not changed:
        return failed("unchanged", hint="hint.expression_no_assignment")
    return _misplaced(want, found, changed) or _other(want, wrong)


def _misplaced(want: Changed, found: Matrix, changed: frozenset[Cell]) -> Verdict | None:
    """A row was asked for, and another row or a column was filled with what belongs there."""
    if want.row is None:
        return None
    filled = want.expected[want.row]
    other = _whole_row(changed, want.shape)
    if other is not None and other != want.row and found[other] == filled:
        told = failed("other_row", found=other + 1, hint="hint.rows_from_zero")
        return noting(told, _hint_values(want, "hint.rows_from_zero"))
    column = _whole_row(frozenset((at, row) for row, at in changed), want.shape[::-1])
    if column is not None and {found[row][column] for row in range(want.shape[0])} <= set(filled):
        return failed("column", found=column + 1)
    return None


def _other(want: Changed, wrong: frozenset[Cell]) -> Verdict:
    if not wrong & want.cells:
        return failed("more_changed")
    return failed("other_values", right=len(want.cells - wrong), cells=len(want.cells))


def _differing(one: Matrix, other: Matrix) -> frozenset[Cell]:
    """Places of different numbers; NaN differs from everything."""
    places = [(row, at) for row, numbers in enumerate(one) for at in range(len(numbers))]
    return frozenset((row, at) for row, at in places if one[row][at] != other[row][at])


def _whole_row(cells: frozenset[Cell], shape: tuple[int, int]) -> int | None:
    """The row that `cells` are, if they are one whole row."""
    rows = {row for row, _ in cells}
    return next(iter(rows)) if len(rows) == 1 and len(cells) == shape[1] else None


def _number(item: object) -> float:
    return item if isinstance(item, (int, float)) and math.isfinite(item) else math.nan


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "1"


def _hint_values(want: Changed, hint: str | None) -> Values:
    """What the hint shows."""
    if hint == "hint.rows_from_zero" and want.row is not None:
        return {"row": want.row + 1, "index": want.row}
    return {"name": want.name} if hint == "hint.expression_name" else {}


def _raised_hint(want: Changed, answer: Answer, ename: str) -> str | None:
    if ename == "SyntaxError" and re.match(rf".*{re.escape(want.name)}\[[^\]]*\]\s*==?\s*$", answer.text):
        return "hint.expression_no_value"
    if ename == "NameError":
        return "hint.expression_name"
    return "hint.rows_from_zero" if ename == "IndexError" and want.row is not None else None

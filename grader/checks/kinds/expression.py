"""A typed expression that changes a tensor: tried in a sandbox of its own on each of several dtypes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from grader.checks.registry import Reruns, check
from grader.checks.values import (
    Answer,
    ExtraRun,
    Rerun,
    Value,
    Verdict,
    error,
    failed,
    not_judged,
    passed,
)

LONGEST = 500
_CASE = "typed"


@dataclass(frozen=True)
class RowOfOnes:
    """The tensor `name` of zeros, `size` x `size`, must afterwards hold ones in row `row` (from 0) and nowhere else."""

    name: str = "t1"
    size: int = 4
    row: int = 2
    dtypes: tuple[str, ...] = ("float32", "float64", "int64")

    def extra_runs(self, task_id: str, answer: Answer) -> tuple[ExtraRun, ...]:
        """One sandbox with a cell for each dtype; none where there is nothing to try."""
        code = answer.text.strip()
        if not code or len(code) > LONGEST:
            return ()
        cells = tuple(
            f"import torch\n{self.name} = torch.zeros({self.size}, {self.size}, dtype=torch.{dtype})\n{code}"
            for dtype in self.dtypes
        )
        return (ExtraRun(f"{task_id}:{_CASE}", cells=cells, collect=(self.name,)),)


@check("expression", params=RowOfOnes)
def expression(want: RowOfOnes, answer: Answer, reruns: Reruns) -> Verdict:
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
    return passed()


def _case(want: RowOfOnes, answer: Answer, rerun: Rerun, cell: int, dtype: str) -> Verdict | None:
    if rerun.status == "error" and (rerun.cell or 1) == cell:
        return failed(
            "raised",
            ename=rerun.error or "Exception",
            dtype=dtype,
            hint=_raised_hint(want, answer, rerun.error),
        )
    left = [value for value in rerun.values if value.name == want.name and value.cell == cell]
    if not left:
        if rerun.status in ("timeout", "memory", "died"):
            return error("stopped", reason=rerun.status)
        return failed("no_tensor", name=want.name)
    return _compare(want, left[-1], dtype)


def _compare(want: RowOfOnes, value: Value, dtype: str) -> Verdict | None:
    if value.shape != (want.size, want.size) or len(value.data) != want.size**2:
        return failed("shape", found=" x ".join(map(str, value.shape)) or "1", size=want.size)
    if value.dtype.removeprefix("torch.") != dtype:
        return failed("dtype", found=value.dtype.removeprefix("torch."), dtype=dtype)
    rows = [value.data[at * want.size : (at + 1) * want.size] for at in range(want.size)]
    ones = [at for at, row in enumerate(rows) if all(_is(item, 1) for item in row)]
    zeros = [at for at, row in enumerate(rows) if all(_is(item, 0) for item in row)]
    if ones == [want.row] and len(zeros) == want.size - 1:
        return None
    if len(zeros) == want.size:
        return failed("unchanged", hint="hint.expression_no_assignment")
    if len(ones) == 1 and len(zeros) == want.size - 1:
        return failed("other_row", found=ones[0] + 1, row=want.row + 1, hint="hint.rows_from_zero")
    columns = [at for at in range(want.size) if all(_is(row[at], 1) for row in rows)]
    if len(columns) == 1 and sum(not _is(item, 0) for row in rows for item in row) == want.size:
        return failed("column", found=columns[0] + 1)
    if want.row in ones:
        return failed("more_changed", row=want.row + 1)
    return failed("not_ones", row=want.row + 1)


def _is(item: object, number: int) -> bool:
    return isinstance(item, (int, float)) and math.isfinite(item) and item == number


def _raised_hint(want: RowOfOnes, answer: Answer, ename: str) -> str | None:
    if ename == "SyntaxError" and re.match(rf".*{want.name}\[[^\]]*\]\s*==?\s*$", answer.text):
        return "hint.expression_no_value"
    return {
        "NameError": "hint.expression_name",
        "IndexError": "hint.rows_from_zero",
    }.get(ename)

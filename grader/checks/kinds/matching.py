"""Pairs: does each row stand with its right-hand side? A row is a share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.checks.registry import check
from grader.checks.values import Answer, Verdict, failed, passed, review


@dataclass(frozen=True)
class Matching:
    """`right` says for each row's id the id of its option; `hints` says by row id what to think of."""

    right: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = field(default=(), metadata={"from": "widget.options"})


@check("matching", params=Matching, judges=("matching",))
def matching(want: Matching, answer: Answer) -> Verdict:
    """A row that is left out counts as wrong; a row that is given twice is, too: nobody may answer both ways."""
    if answer.empty:
        return failed("empty")
    given: dict[str, set[str]] = {}
    for row, option in answer.pairs:
        given.setdefault(row, set()).add(option)
    known = set(want.options) | set(want.right.values())
    if not given or set(given) - set(want.right) or any(options - known for options in given.values()):
        return review("free_text")
    right = [row for row, option in want.right.items() if given.get(row) == {option}]
    rows = len(want.right)
    if len(right) == rows:
        return passed(rows=rows)
    hint = next(
        (want.hints[row] for row in want.right if row not in right and row in want.hints),
        None,
    )
    return failed("rows", share=len(right) / rows, hint=hint, right=len(right), rows=rows)

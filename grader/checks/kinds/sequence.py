"""Several answers in order (yes, no, yes, no): a place is a share."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.checks.registry import check
from grader.checks.values import Answer, Verdict, failed, passed, review


@dataclass(frozen=True)
class Sequence:
    """`right` holds option ids (where the widget has options) or words, in order."""

    right: tuple[str, ...]
    options: tuple[str, ...] = field(default=(), metadata={"from": "widget.options"})


@check("sequence", params=Sequence)
def sequence(want: Sequence, answer: Answer) -> Verdict:
    """Too few or too many cannot be put in order for the student, so nothing is earned and the count is told."""
    if answer.empty:
        return failed("empty")
    given = [item.strip().casefold() for item in answer.items or (answer.text,)]
    right = [item.casefold() for item in want.right]
    if want.options and set(given) - {option.casefold() for option in want.options}:
        return review("free_text")
    if len(given) != len(right):
        return failed("length", found=len(given), wanted=len(right))
    hits = sum(one == other for one, other in zip(given, right, strict=True))
    if hits == len(right):
        return passed(places=hits)
    return failed("places", share=hits / len(right), right=hits, places=len(right))

"""Several answers in order (yes, no, yes, no): a place is a share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.checks.registry import check
from grader.checks.values import Answer, Verdict, failed, passed, review


@dataclass(frozen=True)
class Sequence:
    """`right` holds option ids (where the widget has options) or words, in order; `hints` says by place what to think of.

    Places are counted from 1, as a student counts them.
    """

    right: tuple[str, ...]
    hints: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = field(default=(), metadata={"from": "widget.options"})


@check("sequence", params=Sequence, judges=("sequence",))
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
    wrong = [str(place) for place, (one, other) in enumerate(zip(given, right, strict=True), 1) if one != other]
    hits = len(right) - len(wrong)
    if not wrong:
        return passed(places=hits)
    hint = next((want.hints[place] for place in wrong if place in want.hints), None)
    return failed("places", share=hits / len(right), hint=hint, right=hits, places=len(right))

"""Several options of many: points are the right share minus the wrong share, not below zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.checks.registry import check
from grader.checks.values import Answer, Verdict, failed, passed, review


@dataclass(frozen=True)
class Choices:
    """`right` holds the ids of all right options; `hints` says by option id what is wrong with choosing it."""

    right: tuple[str, ...]
    hints: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = field(default=(), metadata={"from": "widget.options"})


@check("choices", params=Choices, judges=("choices",))
def choices(want: Choices, answer: Answer) -> Verdict:
    """Choosing everything earns nothing: each wrong option takes its share of the wrong ones away."""
    if answer.empty:
        return failed("empty")
    chosen = set(answer.items or (answer.text.strip(),))
    if chosen - set(want.options) - set(want.right):
        return review("free_text")
    right, wrong = chosen & set(want.right), chosen - set(want.right)
    if not wrong and len(right) == len(set(want.right)):
        return passed()
    all_wrong = max(1, len(set(want.options) - set(want.right)))
    share = max(0.0, len(right) / len(set(want.right)) - len(wrong) / all_wrong)
    hint = next(
        (want.hints[option] for option in want.options if option in wrong and option in want.hints),
        None,
    )
    if not wrong:
        return failed("incomplete", share=share, right=len(right))
    return failed("wrong", share=share, hint=hint, right=len(right), wrong=len(wrong))

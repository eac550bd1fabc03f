"""One option of several: is it the right one?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.checks.registry import check
from grader.checks.values import Answer, Verdict, failed, passed, review


@dataclass(frozen=True)
class Choice:
    """`right` is an option's id, `also` ids of others that are right as well; `hints` says by option id what is wrong with it.

    `options` comes from the widget.
    """

    right: str
    also: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = field(default=(), metadata={"from": "widget.options"})


@check("choice", params=Choice, judges=("choice",))
def choice(want: Choice, answer: Answer) -> Verdict:
    """Free text in place of an option goes to a person, who may find it right."""
    if answer.empty:
        return failed("empty")
    if len(set(answer.items)) > 1:
        return failed("several", chosen=len(set(answer.items)))
    chosen = answer.items[0] if answer.items else answer.text.strip()
    if chosen == want.right or chosen in want.also:
        return passed()
    if chosen not in want.options:
        return review("free_text")
    return failed("wrong", hint=want.hints.get(chosen))

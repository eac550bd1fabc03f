"""A typed count that the notebook earns: an empty field is fine, a wrong number is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.checks import numbers, slips
from grader.checks.registry import Alone, check
from grader.checks.values import Answer, Verdict, failed, left_open, passed


@dataclass(frozen=True)
class TypedCount:
    """`value` is the right count; `slips` maps a wrong one, as text, to the hint that explains it."""

    value: int
    slips: Mapping[str, str] = field(default_factory=dict)


@check("typed_count", params=TypedCount, judges=("number",))
def typed_count(want: TypedCount, answer: Answer, alone: Alone) -> Verdict:
    """A count has no decimals: `118,282` and `118.282` are grouped digits."""
    readings = numbers.read(answer.text)
    if readings == "empty":
        return failed("empty_alone") if alone else left_open("empty")
    if isinstance(readings, str):
        return failed("unreadable", typed=answer.text[:60]) if alone else left_open("unread", typed=answer.text[:60])
    counts = [one.value for one in readings if one.value == int(one.value) and not one.relation and not one.percent]
    if want.value in counts:
        return passed(typed=want.value)
    hint = slips.explained(want.slips, counts)
    typed = int(counts[-1]) if counts and abs(counts[-1]) < 1e15 else answer.text[:60]
    return failed("differs", typed=typed, hint=hint)

"""A typed number: does it lie where the key says, read as people mean it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.checks import numbers, slips
from grader.checks.registry import Alone, check
from grader.checks.values import Answer, Verdict, failed, left_open, passed


@dataclass(frozen=True)
class Number:
    """Either `equals` (within `tolerance`), or an interval of `at_least`/`more_than` and `at_most`/`less_than`.

    `integer` says that the answer is a count, so `118,282` can only be a grouped one. `slips` maps a wrong number, as
    text, to the hint that explains it. `optional`: a notebook earns the
    points, so an empty or unreadable field costs nothing. `free`: wrong numbers that honest work leads to by chance; the attempt
    is not charged where all else is right. `also`: other numbers that are right as well, within `tolerance`.
    """

    equals: float | None = None
    tolerance: float = 1e-9
    at_least: float | None = None
    more_than: float | None = None
    at_most: float | None = None
    less_than: float | None = None
    integer: bool = False
    optional: bool = False
    slips: Mapping[str, str] = field(default_factory=dict)
    free: tuple[float, ...] = ()
    also: tuple[float, ...] = ()

    @property
    def open_above(self) -> bool:
        return self.equals is None and self.at_most is None and self.less_than is None

    @property
    def open_below(self) -> bool:
        return self.equals is None and self.at_least is None and self.more_than is None

    def holds(self, reading: numbers.Reading) -> bool:
        """Whether one reading is right. `> 500` is right where everything above 500 is; `6` is never `> 6`."""
        if reading.relation and not self._relation_fits(reading):
            return False
        value, at_edge = reading.value, bool(reading.relation)
        if not at_edge and any(abs(value - one) <= self.tolerance for one in self.also):
            return True
        if self.equals is not None:
            return abs(value - self.equals) <= self.tolerance
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.more_than is None or value > self.more_than or (at_edge and value == self.more_than))
            and (self.at_most is None or value <= self.at_most)
            and (self.less_than is None or value < self.less_than or (at_edge and value == self.less_than))
        )

    def _relation_fits(self, reading: numbers.Reading) -> bool:
        if reading.relation in (">", ">="):
            return self.open_above and not (reading.relation == ">=" and reading.value == self.more_than)
        return self.open_below and not (reading.relation == "<=" and reading.value == self.less_than)


@check("number", params=Number, judges=("number",))
def number(want: Number, answer: Answer, alone: Alone) -> Verdict:
    """Where two readings of one text lead to two verdicts, the student is asked which was meant."""
    readings = numbers.read(answer.text or ";".join(answer.items))
    if isinstance(readings, str) and want.optional and not alone:
        return left_open("empty") if readings == "empty" else left_open("unread", typed=answer.text[:60])
    if readings == "empty":
        return failed("empty")
    if readings == "several":
        return failed("several")
    if readings == "too_long":
        return failed("too_long")
    if isinstance(readings, str):
        return failed("unreadable", typed=answer.text[:60])
    left = [one for one in readings if one.value == int(one.value)] or list(readings) if want.integer else list(readings)
    right = [one for one in left if want.holds(one)]
    if right and len(right) < len(left):
        # How it was written is asked back, and who wrote it so already knows a right number: it costs no attempt.
        return replace(failed("ambiguous", typed=answer.text[:60], one=left[0].value, other=left[1].value), free=True)
    if right:
        return passed(typed=right[0].value)
    hint = slips.explained(want.slips, (one.value for one in left))
    free = any(one.value in want.free for one in left)
    return replace(failed("wrong", typed=left[0].value, hint=hint), free=free)

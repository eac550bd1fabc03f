"""The last day of an endpoint as a row of bars, an hour each: how much was taken, how much failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grader.lms.webhooks.queries import Hour

HEIGHT = 24  # of the tallest bar, in the units of the drawing; an hour is ten wide


@dataclass(frozen=True)
class Bar:
    """Measured from the bottom: what was taken, and above it what failed."""

    x: int
    taken: int
    failed: int

    @property
    def taken_y(self) -> int:
        return HEIGHT - self.taken

    @property
    def failed_y(self) -> int:
        return HEIGHT - self.taken - self.failed


@dataclass(frozen=True)
class Spark:
    bars: tuple[Bar, ...]
    delivered: int
    failed: int


def spark_of(hours: Sequence[Hour]) -> Spark:
    most = max((hour.delivered + hour.failed for hour in hours), default=0)
    bars = tuple(
        Bar(10 * place, _high(hour.delivered, most), _high(hour.failed, most))
        for place, hour in enumerate(hours)
        if hour.delivered or hour.failed
    )
    return Spark(bars, sum(hour.delivered for hour in hours), sum(hour.failed for hour in hours))


def _high(number: int, most: int) -> int:
    """A single failure among thousands is seen too."""
    return max(2, round(number * (HEIGHT - 4) / most)) if number else 0

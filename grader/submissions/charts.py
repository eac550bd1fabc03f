"""Learning curves drawn by the server: coordinates for an SVG, and the same numbers as a table behind it.

Series differ by dash and mark as well as by colour, and each ends in its name, so a print in grey says the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grader.submissions.report import Training

WIDTH, HEIGHT = 440, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 12, 34  # room for the axes' words
MAX_DOTS = 40
NAMES: dict[str, str | Promise] = {
    "loss": _("training"),
    "val_loss": _("validation"),
    "accuracy": _("training"),
    "val_accuracy": _("validation"),
    "value": _("as printed"),
}
CHARTS: tuple[tuple[str, str | Promise, tuple[str, ...]], ...] = (
    ("accuracy", _("Share of right answers"), ("accuracy", "val_accuracy")),
    ("loss", _("Loss"), ("loss", "val_loss")),
    ("value", _("Printed value"), ("value",)),
)
Points = Sequence[tuple[int, Mapping[str, float]]]


@dataclass(frozen=True)
class Series:
    """One line. `number` is its look (`series-1` …), `points` the polyline, `last` its newest value."""

    name: str | Promise
    number: int
    points: str
    dots: tuple[tuple[str, str], ...]
    last: float


@dataclass(frozen=True)
class Chart:
    """What one SVG shows. Ticks are positions with the number that stands there; rows are epochs with a value a series."""

    id: str
    title: str | Promise
    series: tuple[Series, ...]
    x_ticks: tuple[tuple[str, int], ...]
    y_ticks: tuple[tuple[str, float], ...]
    rows: tuple[tuple[int, tuple[float | None, ...]], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM

    @property
    def middle(self) -> int:
        return (self.left + self.right) // 2


def of_training(training: Training, prefix: str) -> tuple[Chart, ...]:
    """The charts of a training as it was printed."""
    return _charts(training.points, prefix)


def of_curve(curve: Mapping[str, Sequence[float]], prefix: str) -> tuple[Chart, ...]:
    """The charts of a Keras history: its loss and its accuracy, whatever that is called."""
    named: dict[str, Sequence[float]] = {}
    for name, values in curve.items():
        validation, what = ("val_", name[4:]) if name.startswith("val_") else ("", name)
        kind = "loss" if what == "loss" else "accuracy" if "acc" in what.lower() else ""
        if kind:
            named.setdefault(validation + kind, values)
    longest = max((len(values) for values in named.values()), default=0)
    points = [
        (epoch + 1, {name: values[epoch] for name, values in named.items() if epoch < len(values)}) for epoch in range(longest)
    ]
    return _charts(points, prefix)


def _charts(points: Points, prefix: str) -> tuple[Chart, ...]:
    found = (_chart(f"{prefix}-{id_}", title, keys, points) for id_, title, keys in CHARTS)
    return tuple(chart for chart in found if chart is not None)


def _chart(id_: str, title: str | Promise, keys: Sequence[str], points: Points) -> Chart | None:
    shown = [key for key in keys if any(key in numbers for _epoch, numbers in points)]
    rows = [
        (epoch, tuple(numbers.get(key) for key in shown)) for epoch, numbers in points if any(key in numbers for key in shown)
    ]
    if not rows:
        return None
    rows.sort()
    x_of = _scale([epoch for epoch, _values in rows], LEFT + 8, WIDTH - RIGHT - 8)
    steps = _nice([value for _epoch, values in rows for value in values if value is not None])
    y_of = _scale(steps, HEIGHT - BOTTOM, TOP)
    series = []
    for number, key in enumerate(shown):
        line = [(epoch, value) for epoch, values in rows if (value := values[number]) is not None]
        dots = tuple((x_of(epoch), y_of(value)) for epoch, value in line)
        joined = " ".join(f"{x},{y}" for x, y in dots)
        series.append(Series(NAMES[key], number + 1, joined, dots if len(dots) <= MAX_DOTS else dots[-1:], line[-1][1]))
    epochs = [epoch for epoch, _values in rows]
    every = max(1, math.ceil(len(epochs) / 10))
    return Chart(
        id=id_,
        title=title,
        series=tuple(series),
        x_ticks=tuple((x_of(epoch), epoch) for epoch in epochs[::every]),
        y_ticks=tuple((y_of(step), step) for step in steps),
        rows=tuple(rows),
    )


class _scale:  # noqa: N801 - it is called like a function
    """From numbers to places, as text with a point whatever the language."""

    def __init__(self, values: Iterable[float], begin: float, end: float) -> None:
        known = list(values)
        self.low, self.high, self.begin, self.end = min(known), max(known), begin, end

    def __call__(self, value: float) -> str:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return f"{self.begin + share * (self.end - self.begin):.1f}"


def _nice(values: Sequence[float]) -> list[float]:
    """Four to seven round steps that hold all values."""
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(1.0, abs(high)):
        pad = max(abs(high) * 0.1, 0.05)
        low, high = low - pad, high + pad
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]

"""The trainings of one run as its driver tells them: bounded, whatever it tells. For the eyes only."""

from __future__ import annotations

from grader.submissions.report import MAX_EPOCHS, MAX_TRAININGS, Training
from worker.kernels.events import DriverEvent


class Trainings:
    """The newest trainings, each with its epochs; a long one is thinned to every second, fourth, … epoch."""

    def __init__(self) -> None:
        self._cells: dict[int, int] = {}
        self._points: dict[int, dict[int, dict[str, float]]] = {}

    def add(self, event: DriverEvent) -> None:
        if event.cell is None or not event.numbers:
            return
        self._cells.setdefault(event.training, event.cell)
        points = self._points.setdefault(event.training, {})
        if event.epoch not in points and len(points) >= MAX_EPOCHS:
            for epoch in list(points)[1::2]:
                del points[epoch]
        points.setdefault(event.epoch, {}).update(event.numbers)
        if len(self._points) > MAX_TRAININGS:
            oldest = next(iter(self._points))
            del self._points[oldest], self._cells[oldest]

    def all(self) -> tuple[Training, ...]:
        return tuple(
            Training(self._cells[number], tuple((epoch, dict(numbers)) for epoch, numbers in points.items()))
            for number, points in self._points.items()
        )

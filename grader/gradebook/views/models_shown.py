"""From a run's report to what a reader sees of each judged model: layers, who was taken for whom, and how it learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grader.submissions import charts, report
from grader.submissions.models import Run

# Fashion-MNIST's ten, the only data set that is measured so far.
CLASSES: tuple[str | Promise, ...] = (
    _("T-shirt/top"),
    _("Trouser"),
    _("Pullover"),
    _("Dress"),
    _("Coat"),
    _("Sandal"),
    _("Shirt"),
    _("Sneaker"),
    _("Bag"),
    _("Ankle boot"),
)
PAIRS = 5
SHADES = 10


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix: how many images, and which shade: `heat-…` of what is right, `warm-…` of what is confused."""

    count: int
    shade: str


@dataclass(frozen=True)
class Row:
    """A true class: where its images went. `found` is its recall, None where it has no images."""

    name: str | Promise
    number: int
    cells: tuple[Cell, ...]
    right: int
    images: int
    found: float | None


@dataclass(frozen=True)
class Pair:
    """So many images of a class were taken for another."""

    true: str | Promise
    taken_for: str | Promise
    count: int
    images: int


@dataclass(frozen=True)
class ModelShown:
    """One judged model. `claimed` says who says what its charts show: keras, printed or nobody."""

    model: report.ModelReport
    layers: tuple[tuple[report.LayerReport, str], ...]
    rows: tuple[Row, ...]
    unplaced: int  # images whose prediction is no class of the ten
    pairs: tuple[Pair, ...]
    charts: tuple[charts.Chart, ...]
    claimed: str


def models_shown(run: Run | None) -> tuple[ModelShown, ...]:
    """Of the run's report; none where it has none, or one that can't be read."""
    found = report_of(run)
    return tuple(_model(model, found.trainings, index) for index, model in enumerate(found.models))


def report_of(run: Run | None) -> report.Report:
    try:
        return report.load(run.report) if run and run.report else report.NOTHING
    except ValueError:
        return report.NOTHING


def _model(model: report.ModelReport, trainings: Sequence[report.Training], index: int) -> ModelShown:
    rows = tuple(_row(number, counts) for number, counts in enumerate(model.confusion))
    held_out = model.accuracy.get("held_out")
    placed = sum(map(sum, model.confusion))
    drawn, claimed = _learning(model, trainings, f"curve-{index}")
    return ModelShown(
        model=model,
        layers=tuple((layer, _shape(layer.output_shape)) for layer in model.layers),
        rows=rows,
        unplaced=held_out.images - placed if held_out and rows else 0,
        pairs=_pairs(model.confusion),
        charts=drawn,
        claimed=claimed,
    )


def _learning(
    model: report.ModelReport, trainings: Sequence[report.Training], prefix: str
) -> tuple[tuple[charts.Chart, ...], str]:
    """Its Keras history, else the last training that the cell printed after which it was caught."""
    if drawn := charts.of_curve(model.curve, prefix):
        return drawn, "keras"
    theirs = [training for training in trainings if training.cell == model.cell and len(training.points) > 1]
    drawn = charts.of_training(theirs[-1], prefix) if theirs else ()
    return drawn, "printed" if drawn else ""


def _row(number: int, counts: Sequence[int]) -> Row:
    images = sum(counts)
    cells = tuple(Cell(count, _shade(count, images, right=column == number)) for column, count in enumerate(counts))
    return Row(CLASSES[number], number, cells, counts[number], images, counts[number] / images if images else None)


def _shade(count: int, images: int, *, right: bool) -> str:
    """By the share of the row; confusions are shaded three times as strongly, since a third is already bad."""
    if not count or not images:
        return ""
    share = count / images if right else min(1.0, 3 * count / images)
    return f"{'heat' if right else 'warm'}-{min(SHADES - 1, int(share * SHADES))}"


def _pairs(confusion: Sequence[Sequence[int]]) -> tuple[Pair, ...]:
    wrong = [
        Pair(CLASSES[true], CLASSES[said], count, sum(row))
        for true, row in enumerate(confusion)
        for said, count in enumerate(row)
        if said != true and count
    ]
    return tuple(sorted(wrong, key=lambda pair: -pair.count)[:PAIRS])


def _shape(shape: Sequence[int | None]) -> str:
    """As frameworks write it: (None, 128)."""
    return f"({', '.join('None' if size is None else str(size) for size in shape)})" if shape else "—"

"""What a run tells about the models that it judged, for the result page: a fixed shape of numbers and short names.

Zone C makes it, the worker hands it on, a run keeps it, the page shows it; each reads it with `load`, which takes nothing
that is too long, too many, NaN or infinite. Nothing is decided by it, so a report that is not of the shape costs only itself.
`curve` and `trainings` are what the student's own process said and printed. No Django here: zone C imports it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
MAX_MODELS = 8
MAX_LAYERS = 64
MAX_SERIES = 6
MAX_EPOCHS = 200
MAX_TRAININGS = 8
CLASSES = 10
GREATEST = 1e12
SPLITS = ("held_out", "validation", "train")
METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "value")  # what a printed line may tell, see the driver


@dataclass(frozen=True)
class LayerReport:
    """A layer as zone B rebuilt it; `output_shape` without the batch where the framework says it, None for "any"."""

    kind: str
    parameters: int
    output_shape: tuple[int | None, ...] = ()
    activation: str = ""


@dataclass(frozen=True)
class SplitReport:
    """How many of so many images were classified rightly, and how they were prepared for this model."""

    right: int
    images: int
    preparation: str


@dataclass(frozen=True)
class ModelReport:
    """One model that tasks were judged on. `confusion[true][predicted]` counts held-out images; empty where not measured."""

    id: str
    name: str
    framework: str
    cell: int | None = None  # of the notebook, after which it was caught
    tasks: tuple[str, ...] = ()
    rebuilt: bool = True
    layers: tuple[LayerReport, ...] = ()
    parameters: int = 0
    trainable_parameters: int = 0
    accuracy: Mapping[str, SplitReport] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()
    curve: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """A training as a cell printed it: its epochs by number, with the numbers of each line."""

    cell: int
    points: tuple[tuple[int, Mapping[str, float]], ...] = ()


@dataclass(frozen=True)
class Report:
    """`caught`: how many models zone B rebuilt, shown or not."""

    models: tuple[ModelReport, ...] = ()
    caught: int = 0
    trainings: tuple[Training, ...] = ()


NOTHING = Report()


def as_json(report: Report) -> dict[str, Any]:
    """Plain lists, mappings and numbers: `load` gives the same report back."""
    return asdict(report)


def load(raw: Any) -> Report:
    """Read a report.

    Raises:
        ValueError: it is not of the agreed shape.
    """
    if not isinstance(raw, dict):
        raise ValueError("a report is a mapping")  # noqa: TRY004 - one error for one fault
    return Report(
        models=_each(raw.get("models", ()), MAX_MODELS, _model),
        caught=_count(raw.get("caught", 0)),
        trainings=trainings(raw.get("trainings", ())),
    )


def trainings(raw: Any) -> tuple[Training, ...]:
    """Trainings as printed, also where they stand alone (a run's progress)."""
    return _each(raw, MAX_TRAININGS, _training)


def _model(raw: Any) -> ModelReport:
    confusion = _each(raw["confusion"], CLASSES, lambda row: _each(row, CLASSES, _count))
    if confusion and (len(confusion) != CLASSES or any(len(row) != CLASSES for row in confusion)):
        raise ValueError("a confusion matrix")
    accuracy = {name: _split(raw["accuracy"][name]) for name in SPLITS if name in raw["accuracy"]}
    return ModelReport(
        id=_text(raw["id"], 40),
        name=_text(raw["name"], 100),
        framework=_text(raw["framework"], 20),
        cell=None if raw["cell"] is None else _count(raw["cell"]),
        tasks=_each(raw["tasks"], 64, lambda task: _text(task, 20)),
        rebuilt=raw["rebuilt"] is True,
        layers=_each(raw["layers"], MAX_LAYERS, _layer),
        parameters=_count(raw["parameters"]),
        trainable_parameters=_count(raw["trainable_parameters"]),
        accuracy=accuracy,
        confusion=confusion,
        curve=_curve(raw["curve"]),
    )


def _layer(raw: Any) -> LayerReport:
    shape = _each(raw["output_shape"], 8, lambda size: None if size is None else _count(size))
    return LayerReport(_text(raw["kind"], 60), _count(raw["parameters"]), shape, _text(raw["activation"], 40))


def _split(raw: Any) -> SplitReport:
    right, images = _count(raw["right"]), _count(raw["images"])
    if not 0 <= right <= images or not images:
        raise ValueError("a share of images")
    return SplitReport(right, images, _text(raw["preparation"], 20))


def _curve(raw: Any) -> dict[str, tuple[float, ...]]:
    if not isinstance(raw, dict) or len(raw) > MAX_SERIES:
        raise ValueError("a curve")
    return {_text(name, 40): _each(series, MAX_EPOCHS, _number) for name, series in raw.items()}


def _training(raw: Any) -> Training:
    return Training(_count(raw["cell"]), _each(raw["points"], MAX_EPOCHS, _point))


def _point(raw: Any) -> tuple[int, dict[str, float]]:
    epoch, numbers = raw
    if not isinstance(numbers, dict) or not set(numbers) <= set(METRICS):
        raise ValueError("an epoch's numbers")
    return _count(epoch), {name: _number(value) for name, value in numbers.items()}


def _each(raw: Any, most: int, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(raw, (list, tuple)) or len(raw) > most:
        raise ValueError("a list")
    try:
        return tuple(read(item) for item in raw)
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"{type(problem).__name__}: {problem}") from None


def _count(raw: Any) -> int:
    if type(raw) is not int or not 0 <= raw <= GREATEST:
        raise ValueError("a count")
    return raw


def _number(raw: Any) -> float:
    if type(raw) not in (int, float) or not math.isfinite(raw) or abs(raw) > GREATEST:
        raise ValueError("a number")
    return float(raw)


def _text(raw: Any, most: int) -> str:
    if not isinstance(raw, str) or len(raw) > most:
        raise ValueError("a text")
    return raw.encode("utf-8", "replace").decode().replace("\0", "")  # Postgres takes no NUL and no lone surrogate

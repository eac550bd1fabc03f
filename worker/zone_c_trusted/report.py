"""What the result page shows of the models that tasks were judged on: facts of zone B, and counts made here with the labels.

For the eyes only. It tells ten times ten sums over all held-out images, of the judged models alone, and only for a data
set that is split anew for each submission (docs/security.md says what follows).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from grader.checks.values import Accuracy, Layer, ModelEvidence, TaskVerdict
from grader.submissions.report import (
    CLASSES,
    GREATEST,
    MAX_EPOCHS,
    MAX_LAYERS,
    MAX_MODELS,
    MAX_SERIES,
    LayerReport,
    ModelReport,
    Report,
    SplitReport,
)
from worker.zone_c_trusted.evidence import first


def report_of(
    models: Sequence[ModelEvidence], found: Sequence[TaskVerdict], probes: Sequence[int], labels: Path, *, matrices: bool
) -> Report:
    """The models that `found` names, in the order of the tasks. `matrices`: whether the labels may be counted by class."""
    tasks: dict[str, list[str]] = {}
    for verdict in found:
        if verdict.candidate is not None:
            tasks.setdefault(verdict.candidate, []).append(verdict.id)
    known = {model.id: model for model in models}
    shown = [(known[name], tuple(of)) for name, of in tasks.items() if name in known][:MAX_MODELS]
    return Report(
        models=tuple(_model(model, of, confusion(model, probes, labels) if matrices else ()) for model, of in shown),
        caught=sum(model.rebuilt for model in models),
    )


def confusion(model: ModelEvidence, probes: Sequence[int], labels: Path) -> tuple[tuple[int, ...], ...]:
    """Held-out images by true class (rows) and class that a rebuilt model predicts, at the preparation that it was measured at.

    An image whose prediction is no class of the ten is in no column.
    """
    measured = model.accuracy.get("held_out")
    if measured is None or not model.rebuilt:
        return ()
    with suppress(OSError, ValueError):
        truth = (labels / "held_out.bin").read_bytes()
        predicted = first(probes, f"{model.id}-held_out-{measured.preparation}.bin")
        if len(truth) == len(predicted):
            counts = [[0] * CLASSES for _ in range(CLASSES)]
            for true, said in zip(truth, predicted, strict=True):
                if true < CLASSES and said < CLASSES:
                    counts[true][said] += 1
            return tuple(tuple(row) for row in counts)
    return ()


def _model(model: ModelEvidence, tasks: tuple[str, ...], counted: tuple[tuple[int, ...], ...]) -> ModelReport:
    return ModelReport(
        id=model.id[:40],
        name=model.name[:100],
        framework=model.framework,
        cell=model.cell,
        tasks=tuple(task[:20] for task in tasks[:64]),
        rebuilt=model.rebuilt,
        layers=tuple(_layer(layer) for layer in model.layers[:MAX_LAYERS]),
        parameters=model.parameters,
        trainable_parameters=model.trainable_parameters,
        accuracy={split: _split(one) for split, one in model.accuracy.items()},
        confusion=counted,
        curve=_curve(model.curve),
    )


def _split(one: Accuracy) -> SplitReport:
    return SplitReport(round(one.value * one.images), one.images, one.preparation)


def _layer(layer: Layer) -> LayerReport:
    shape = tuple(size if type(size) is int and size >= 0 else None for size in layer.output_shape[:8])
    return LayerReport(layer.kind[:60], layer.parameters, shape, str(layer.activation or "")[:40])


def _curve(curve: Mapping[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Whole series of finite numbers; one that holds anything else is left out."""
    good = {
        name[:40]: tuple(float(f"{value:.6g}") for value in series[:MAX_EPOCHS])
        for name, series in curve.items()
        if series and all(math.isfinite(value) and abs(value) <= GREATEST for value in series)
    }
    return dict(list(good.items())[:MAX_SERIES])

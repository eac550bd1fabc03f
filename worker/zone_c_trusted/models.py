"""What zone B measured of the models that a notebook left: facts from its files, accuracies by comparing with labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.checks.values import Accuracy, Layer, Missing, ModelEvidence
from worker.zone_c_trusted.evidence import MAX_INTEGER, as_list, cell_of, first, read, told

SPLITS = ("held_out", "validation", "train")
SCALES = ("unit", "raw", "signed", "standard", "mnist", "centred", "pixels")


def models_of(
    intake: int, probes: Sequence[int], labels: Path, run: str = "main"
) -> tuple[tuple[ModelEvidence, ...], tuple[Missing, ...]]:
    """Every model that zone B rebuilt, with its accuracy on each split; and those that it could not, with the reason."""
    truth = _truth(labels)
    found: list[ModelEvidence] = []
    lost: list[Missing] = []
    for index in range(1000):
        name = f"{run}-m{index:03d}"
        try:
            claim = json.loads(read(intake, f"{name}.json"))
        except FileNotFoundError:
            continue
        except (ValueError, RecursionError):
            claim = {}
        claim = claim if isinstance(claim, dict) else {}
        title = str(claim.get("name") or "")[:100]
        try:
            facts = json.loads(first(probes, f"{name}.json"))
            if "refused" in facts:
                lost.append(Missing(title, str(facts["refused"])[:60], told(facts.get("values")), model=True))
                continue
            model = _model(name, title, claim, facts)
        except FileNotFoundError:
            lost.append(Missing(title, "missing.refused", {"reason": "it could not be rebuilt within the limits"}, model=True))
            continue
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            lost.append(Missing(title, "missing.refused", {"reason": "its facts are not of the agreed shape"}, model=True))
            continue
        found.append(replace(model, **_measured(_classes(probes, name), truth)))
    return tuple(found), tuple(lost)


def predicted_of(intake: int, labels: Path, not_taken: Set[str]) -> tuple[ModelEvidence, ...]:
    """Models that a further run asked what they predict (`fallback-pNNN`).

    That run saw hidden images, so nothing that it chose freely may reach its student: a name counts only where the first run
    had one of that name that was `not_taken`, and there is no curve and no cell.
    """
    truth = _truth(labels)
    found: list[ModelEvidence] = []
    for index in range(1000):
        try:
            claim = json.loads(read(intake, f"fallback-p{index:03d}.json"))
            data = read(intake, f"fallback-p{index:03d}.bin")
            name, framework = str(claim["name"]), str(claim["framework"])
            scales = [str(scale) for scale in as_list(claim["predicted"])]
        except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
            continue
        classes: dict[tuple[str, str], bytes] = {}
        for scale in [scale for scale in scales[: len(SCALES)] if scale in SCALES]:
            for split in truth:
                classes[split, scale], data = data[: len(truth[split])], data[len(truth[split]) :]
        if name not in not_taken or not classes:
            continue
        model = ModelEvidence(f"p{index:03d}", "torch" if framework == "torch" else "keras", name, None, (), 0, 0)
        found.append(replace(model, rebuilt=False, **_measured(classes, truth)))
    return tuple(found)


def _model(name: str, title: str, claim: Mapping[str, Any], facts: Mapping[str, Any]) -> ModelEvidence:
    layers = tuple(
        Layer(
            kind=str(item["kind"])[:60],
            parameters=int(item["parameters"]),
            units=item["units"],
            activation=item["activation"],
            output_shape=tuple(item["output_shape"]),
            weights=tuple(tuple(shape) for shape in item["weights"]),
        )
        for item in facts["layers"]
    )
    return ModelEvidence(
        id=name,
        framework="torch" if facts.get("framework") == "torch" else "keras",
        name=title,
        cell=cell_of(claim.get("cell")),
        layers=layers,
        parameters=int(facts["parameters"]),
        trainable_parameters=int(facts["trainable_parameters"]),
        digest=str(facts.get("digest", ""))[:64],
        curve=_curve(claim.get("curve")),
        rates=_rates(claim.get("rates")),
        fed=_fed(claim.get("feed")),
    )


def _rates(raw: Any) -> tuple[float, ...]:
    return tuple(float(rate) for rate in as_list(raw)[:8] if isinstance(rate, float) and 0 < rate < 1e3)


def _fed(raw: Any) -> tuple[float, float] | None:
    ends = (raw.get("min"), raw.get("max")) if isinstance(raw, dict) else ()
    low, high = (end if isinstance(end, float) and abs(end) < 1e6 else None for end in ends or (None, None))
    return None if low is None or high is None else (low, high)


def _curve(raw: Any) -> dict[str, tuple[float, ...]]:
    if not isinstance(raw, dict):
        return {}
    return {
        str(name)[:40]: tuple(
            float(x) for x in points[:500] if isinstance(x, float) or (type(x) is int and abs(x) <= MAX_INTEGER)
        )
        for name, points in list(raw.items())[:16]
        if isinstance(points, list)
    }


def _truth(labels: Path) -> dict[str, bytes]:
    return {split: (labels / f"{split}.bin").read_bytes() for split in SPLITS if (labels / f"{split}.bin").exists()}


def _classes(probes: Sequence[int], name: str) -> dict[tuple[str, str], bytes]:
    """What zone B says that a model predicts, by split and scale: a byte an image."""
    found: dict[tuple[str, str], bytes] = {}
    for scale in SCALES:
        for split in SPLITS:
            with suppress(FileNotFoundError):
                found[split, scale] = first(probes, f"{name}-{split}-{scale}.bin")
    return found


def _measured(predicted: Mapping[tuple[str, str], bytes], truth: Mapping[str, bytes]) -> dict[str, Any]:
    """Accuracy on each split at the scale that serves the model best, and whether all was finite.

    Chosen by the public images where they were measured: a choice by the hidden labels would be a guess more at them.
    """
    by_scale: dict[str, dict[str, Accuracy]] = {}
    broken: set[str] = set()
    for (split, scale), classes in predicted.items():
        labels = truth.get(split, b"")
        if not labels or len(classes) != len(labels):
            continue
        right = sum(a == b for a, b in zip(classes, labels, strict=True))
        by_scale.setdefault(scale, {})[split] = Accuracy(right / len(labels), len(labels), scale)
        if 255 in classes:
            broken.add(scale)
    if not by_scale:
        return {}
    by = "validation" if any("validation" in splits for splits in by_scale.values()) else "held_out"
    best = max(by_scale, key=lambda scale: by_scale[scale][by].value if by in by_scale[scale] else -1.0)
    return {"accuracy": by_scale[best], "finite": best not in broken}

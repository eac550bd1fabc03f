"""Bytes from a dead sandbox become values here, and nowhere else: `grader.checks.values.Evidence`.

Runs inside zone C's own sandbox, which holds no credentials and no network. What does not have the agreed shape, type or
size becomes *missing* with a reason, never an exception: a hostile file costs its owner the evidence, not us the run.
"""

from __future__ import annotations

import ast
import builtins
import json
import math
import os
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.checks.values import Accuracy, Layer, Missing, ModelEvidence, Rerun, RunFacts, Scalar, SourceFacts, Value

MAX_ITEMS = 65_536
MAX_INTEGER = 2**63
MAX_CELL = 256 << 10  # characters of a cell whose text is looked at; a longer one is data, not code
MAX_CELLS = 2 << 20  # and of all cells together
MAX_RECORDS = 256
TOLD = ("reason", "detail", "layer", "limit")
MAX_FILE = 4 << 20
SPLITS = ("held_out", "validation", "train")
SCALES = ("unit", "raw", "signed", "standard", "mnist", "centred", "pixels")


def values_of(directory: int, prefix: str) -> tuple[tuple[Value, ...], tuple[Missing, ...], tuple[str, ...]]:
    """What the collector wrote down in one sandbox: values in order, what is missing, names that were swapped.

    `directory` below 0 means that no sandbox ran.
    """
    if directory < 0:
        return (), (), ()
    try:
        raw = json.loads(read(directory, prefix + "values.json"))
        records, missing, swapped = raw["records"], raw["missing"], raw["swapped"]
    except FileNotFoundError:
        return (), (), ()
    except (ValueError, KeyError, TypeError, RecursionError):
        return (), (Missing("values", "missing.refused", {"reason": "values.json is not of the agreed shape"}),), ()
    found: list[Value] = []
    lost: list[Missing] = []
    for record in _list(records)[:MAX_RECORDS]:
        value = _value(record)
        if isinstance(value, Value):
            found.append(value)
        else:
            lost.append(value)
    lost += [_missing(item) for item in _list(missing)[:MAX_RECORDS]]
    return tuple(found), tuple(lost), tuple(str(name)[:100] for name in _list(swapped)[:1000])


def _value(record: Any) -> Value | Missing:
    name = str(record.get("name"))[:100] if isinstance(record, dict) else "?"
    try:
        kind, dtype, shape, data = record["kind"], str(record["dtype"])[:30], record["shape"], record["data"]
        if kind not in ("number", "array", "text") or not _is_shape(shape) or len(data) != math.prod(shape) <= MAX_ITEMS:
            raise ValueError
        items = tuple(_text(item) if kind == "text" else _number(item) for item in data)
    except (KeyError, TypeError, ValueError):
        return Missing(name, "missing.refused", {"reason": "a value is not of the agreed shape"})
    return Value(name, _cell(record.get("cell")), kind, dtype, tuple(shape), items)


def _is_shape(shape: Any) -> bool:
    """Looked at before anything is computed with it: what stands there may be a list of lists, or a number of 30 digits."""
    return isinstance(shape, list) and len(shape) <= 8 and all(type(size) is int and 0 <= size <= MAX_ITEMS for size in shape)


def _number(item: Any) -> bool | int | float:
    if isinstance(item, str):
        return float(item[:100])  # nan, inf, or an integer beyond 64 bits
    if isinstance(item, (bool, float)) or (isinstance(item, int) and abs(item) <= MAX_INTEGER):
        return item
    raise ValueError


def _text(item: Any) -> str:
    if not isinstance(item, str) or len(item) > 10_000:
        raise ValueError
    return item


def _missing(item: Any) -> Missing:
    if not isinstance(item, dict):
        return Missing("?", "missing.refused")
    reason = str(item.get("reason"))[:60]
    reason = reason if reason.startswith("missing.") else "missing.refused"
    return Missing(str(item.get("name"))[:100], reason, _flat(item.get("values")), model=item.get("model") is True)


def _flat(values: Any) -> dict[str, Scalar]:
    """What the sentences of `missing.*` may show; any other value could pass itself off as a finding of ours."""
    if not isinstance(values, dict):
        return {}
    kept: dict[str, Scalar] = {}
    for name in TOLD:
        value = values.get(name)
        if isinstance(value, str):
            kept[name] = value[:200]
        elif isinstance(value, (bool, float)) or (isinstance(value, int) and abs(value) <= MAX_INTEGER):
            kept[name] = value
    return kept


def _cell(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 100_000 else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def rerun_of(directory: int, number: int, name: str, facts: RunFacts) -> Rerun:
    """What an extra sandbox left."""
    found, _, swapped = values_of(directory, f"rerun{number}-")
    error = str(facts.values.get("ename") or "") if facts.status == "error" else ""
    if not isinstance(getattr(builtins, error, None), type):
        error = "Exception" if error else ""  # a class named by the notebook could carry the hidden inputs out
    return Rerun(name, facts.status, found, swapped, error, facts.cell)


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
                lost.append(Missing(title, str(facts["refused"])[:60], _flat(facts.get("values")), model=True))
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
            scales = [str(scale) for scale in _list(claim["predicted"])]
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
        cell=_cell(claim.get("cell")),
        layers=layers,
        parameters=int(facts["parameters"]),
        trainable_parameters=int(facts["trainable_parameters"]),
        digest=str(facts.get("digest", ""))[:64],
        curve=_curve(claim.get("curve")),
        rates=_rates(claim.get("rates")),
    )


def _rates(raw: Any) -> tuple[float, ...]:
    return tuple(float(rate) for rate in _list(raw)[:8] if isinstance(rate, float) and 0 < rate < 1e3)


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


def source_of(cells: tuple[str, ...]) -> SourceFacts:
    """What the code says without being run: its numeric literals, names and attributes. Cells that do not parse say nothing."""
    numbers: set[float] = set()
    names: set[str] = set()
    looked_at = 0
    for source in cells:
        looked_at += len(source)
        if len(source) > MAX_CELL or looked_at > MAX_CELLS:
            continue
        lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                names.add(node.id[:100])
            elif isinstance(node, ast.Attribute):
                names.add(node.attr[:100])
            elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
                try:
                    numbers.add(float(node.value))
                except OverflowError:
                    continue
    return SourceFacts(len(cells), frozenset(numbers), frozenset(names))


def first(directories: Sequence[int], name: str) -> bytes:
    """A file of the first directory that has it."""
    for directory in directories:
        try:
            return read(directory, name)
        except FileNotFoundError:
            continue
    raise FileNotFoundError(name)


def read(directory: int, name: str) -> bytes:
    """A file of an `/out` directory, at most 4 MiB."""
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
    with os.fdopen(number, "rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError("too large")
    return data

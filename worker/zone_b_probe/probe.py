"""Zone B: rebuilds each caught model from its inert artefact and writes down what it is and what it predicts.

A fresh sandbox with only our code, the artefacts (GRADER_FD_EVIDENCE) and hidden inputs without labels (/inputs). All facts
about a model come from the same artefact. Started as `python -I /kit/_grader_probe/probe.py SKIP…`; writes /out/mNNN.json
and /out/mNNN-<split>-<scale>.bin (a byte an image: the class, 255 where an output was not finite). A model that takes this
process down is found by its `mNNN.started`, and the next process skips it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from _grader_probe import keras_gate, preparations

NOT_FINITE = 255
BATCH = 256
IDS = [f"m{index:03d}" for index in range(1000)]


def main() -> None:
    evidence = int(os.environ["GRADER_FD_EVIDENCE"])
    inputs = load_inputs()
    for name in IDS:
        if name in sys.argv[1:] or not exists(evidence, f"main-{name}.json"):
            continue
        Path(f"/out/{name}.started").touch()
        began = time.monotonic()
        try:
            facts = probe(evidence, name, inputs)
        except keras_gate.RefusedModel as problem:
            facts = {"refused": problem.code, "values": problem.values}
        facts["ms"] = round(1000 * (time.monotonic() - began))
        Path(f"/out/{name}.json").write_text(json.dumps(facts))


def probe(evidence: int, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Facts of one model, and its predictions as files."""
    try:
        claim = json.loads(read(evidence, f"main-{name}.json"))
        config, shapes = claim["config"], claim["weights"]
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise keras_gate.RefusedModel("missing.refused", reason="the model's file is not of the agreed shape") from problem
    model = keras_gate.rebuild(config, shapes, read(evidence, f"main-{name}.bin"))
    facts = describe(model)
    facts["predicted"] = predict(model, name, claim.get("feed"), inputs)
    return facts


def predict(model: Any, name: str, feed: Any, inputs: dict[str, Any]) -> list[str]:
    """Write predicted classes for each split and scale; the scales that were tried (none where the input doesn't fit)."""
    import numpy as np

    shape = model.input_shape
    if not isinstance(shape, tuple) or not isinstance(model.output_shape, tuple):
        return []
    scales: list[str] = preparations.choose(feed)
    for split, images in inputs.items():
        x = preparations.shaped(images, shape[1:])
        if x is None:
            return []
        for scale in scales:
            out = np.asarray(model.predict(preparations.SCALES[scale](x), batch_size=BATCH, verbose=0))
            if out.ndim != 2 or out.shape[1] < 2 or out.shape[1] > 1000:
                return []
            classes = np.where(np.isfinite(out).all(axis=1), np.minimum(out.argmax(axis=1), 254), NOT_FINITE)
            Path(f"/out/{name}-{split}-{scale}.bin").write_bytes(classes.astype(np.uint8).tobytes())
    return scales


def describe(model: Any) -> dict[str, Any]:
    """Layers and counts, from the rebuilt model."""
    trainable = sum(_size(variable.shape) for variable in model.trainable_weights)
    return {
        "parameters": int(model.count_params()),
        "trainable_parameters": trainable,
        "layers": [layer_facts(layer) for layer in leaves(model) if type(layer).__name__ != "InputLayer"],
    }


def leaves(model: Any) -> list[Any]:
    """The layers that compute, in order, with nested models opened."""
    found = []
    for layer in model.layers:
        found += leaves(layer) if hasattr(layer, "layers") else [layer]
    return found


def layer_facts(layer: Any) -> dict[str, Any]:
    activation = getattr(layer, "activation", None)
    units = getattr(layer, "units", None) or getattr(layer, "filters", None)
    try:
        shape = [size if size is None else int(size) for size in layer.output.shape]
    except (AttributeError, ValueError, TypeError):
        shape = []
    return {
        "kind": type(layer).__name__,
        "units": int(units) if units else None,
        "activation": getattr(activation, "__name__", None),
        "parameters": int(layer.count_params()),
        "output_shape": shape,
        "weights": [[int(size) for size in weight.shape] for weight in layer.weights],
    }


def _size(shape: Any) -> int:
    total = 1
    for size in shape:
        total *= int(size)
    return total


def load_inputs() -> dict[str, Any]:
    import numpy as np

    folder = Path("/inputs")
    return {path.stem: np.load(path, allow_pickle=False) for path in sorted(folder.glob("*.npy"))} if folder.is_dir() else {}


def exists(directory: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=directory)
    except OSError:
        return False
    return True


def read(directory: int, name: str) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=directory), "rb") as file:
        return file.read()


if __name__ == "__main__":
    main()

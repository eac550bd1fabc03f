"""A model that could not be taken, asked what it predicts as in a further run, beside the original's own predictions."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

COUNT = 100


def get_ready(folder: Path) -> Any:
    """Hidden images in `folder`, and the kit told where they are; returns them, uint8 (100, 28, 28)."""
    import numpy as np

    images = np.random.default_rng(1).integers(0, 256, (COUNT, 28, 28)).astype(np.uint8)
    for split in ("held_out", "validation"):
        np.save(folder / f"{split}.npy", images)
    predictions: Any = importlib.import_module("_grader_kit.predictions")
    predictions.INPUTS = str(folder)
    predictions._preparations.append(importlib.import_module("worker.zone_b_probe.preparations"))
    return images


def came_of(framework: Any, model: Any, images: Any) -> str:
    """ "as the original", or why not."""
    import numpy as np

    predictions: Any = importlib.import_module("_grader_kit.predictions")
    try:
        scales, classes = framework.ask(model)
    except predictions.NotAsked as problem:
        return f"{problem.code} {problem.values}"
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    at = 2 * COUNT * scales.index("unit")
    own = original(model, framework, (images / 255).astype("float32"))
    return "as the original" if classes[at : at + COUNT] == own.argmax(axis=1).astype(np.uint8).tobytes() else "other classes"


def original(model: Any, framework: Any, images: Any) -> Any:
    """The original's own scores, by its framework's usual means."""
    import numpy as np

    shape = framework.shape_of(model)
    x = images.reshape(COUNT, *shape)
    if type(framework).__name__ == "KerasModels":
        return model.predict(x, verbose=0)
    import torch

    with torch.no_grad():
        kind = next(model.parameters()).dtype
        halves = [model.eval()(torch.from_numpy(np.resize(part, (64, *shape))).to(kind)) for part in (x[:64], x[64:])]
    return np.concatenate([halves[0].double().numpy(), halves[1].double().numpy()[: COUNT - 64]])

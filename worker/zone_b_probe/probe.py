"""Zone B: rebuilds each caught model from its inert artefact and writes down what it is and what it predicts.

A fresh sandbox with only our code, the artefacts (GRADER_FD_EVIDENCE) and hidden inputs without labels (/inputs). All facts
about a model come from the same artefact. Started as `python -I /kit/_grader_probe/probe.py SKIP…`; writes /out/<run>-mNNN.json
and /out/<run>-mNNN-<split>-<scale>.bin (a byte an image: the class, 255 where an output was not finite). A model that takes this
process down is found by its `<run>-mNNN.started`, and the next process skips it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from _grader_probe import preparations
from _grader_probe.refused import RefusedModel, malformed

ROOT = os.environ.get("GRADER_ROOT", "")
NOT_FINITE = 255
MAX_FACTS = 1 << 20
IDS = [f"{run}-m{index:03d}" for run in ("main", "again1", "again2") for index in range(1000)]


def main() -> None:
    evidence = int(os.environ["GRADER_FD_EVIDENCE"])
    inputs = load_inputs()
    for name in IDS:
        if name in sys.argv[1:] or not exists(evidence, f"{name}.json"):
            continue
        Path(f"{ROOT}/out/{name}.started").touch()
        began = time.monotonic()
        try:
            facts = probe(evidence, name, inputs)
        except RefusedModel as problem:
            facts = {"refused": problem.code, "values": problem.values}
        except Exception as problem:  # one bad model must not cost the others
            facts = {"refused": "missing.refused", "values": {"reason": f"{type(problem).__name__}: {problem}"[:200]}}
        facts["ms"] = round(1000 * (time.monotonic() - began))
        text = json.dumps(facts)
        if len(text) > MAX_FACTS:
            text = json.dumps({"refused": "missing.refused", "values": {"reason": "it has too many layers"}})
        Path(f"{ROOT}/out/{name}.new").write_text(text)
        os.replace(f"{ROOT}/out/{name}.new", f"{ROOT}/out/{name}.json")


def probe(evidence: int, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Facts of one model, and its predictions as files."""
    try:
        claim = json.loads(read(evidence, f"{name}.json"))
    except (ValueError, RecursionError) as problem:
        raise malformed("the model's file is not JSON") from problem
    if not isinstance(claim, dict):
        raise malformed("the model's file is not of the agreed shape")
    arrays = read(evidence, f"{name}.bin")
    model = rebuilt(claim, arrays)
    digest = hashlib.sha256(arrays).hexdigest()  # a copy of a model is known by it
    facts: dict[str, Any] = {"framework": model.framework, "digest": digest, **model.describe()}
    facts["predicted"] = predict(model, name, claim.get("feed"), inputs)
    return facts


def rebuilt(claim: dict[str, Any], data: bytes) -> Any:
    """The model by the framework that its file names. A framework is imported only where there is a model of it."""
    if claim.get("framework") == "torch":
        from _grader_probe.torch_facts import TorchModel

        return TorchModel(claim, data)
    from _grader_probe.keras_facts import KerasModel

    return KerasModel(claim, data)


def predict(model: Any, name: str, feed: Any, inputs: dict[str, Any]) -> list[str]:
    """Write predicted classes for each split and scale; the scales that were tried (none where the input doesn't fit)."""
    import numpy as np

    if model.input_shape is None:
        return []
    pixels = inputs.get(preparations.PIXELS)
    scales: list[str] = [scale for scale in preparations.choose(feed) if scale != preparations.PIXELS or pixels is not None]
    for split, images in inputs.items():
        if split == preparations.PIXELS:
            continue
        for scale in scales:
            x = preparations.prepared(images, scale, model.input_shape, pixels)
            out = None if x is None else model.predict(x)
            if out is None or np.ndim(out) != 2 or not 2 <= np.shape(out)[1] <= 1000:
                return []
            out = np.asarray(out)
            classes = np.where(np.isfinite(out).all(axis=1), np.minimum(out.argmax(axis=1), 254), NOT_FINITE)
            Path(f"{ROOT}/out/{name}-{split}-{scale}.bin").write_bytes(classes.astype(np.uint8).tobytes())
    return scales


def load_inputs() -> dict[str, Any]:
    import numpy as np

    folder = Path(ROOT + "/inputs")
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

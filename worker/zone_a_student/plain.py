"""Values as plain data: numbers, small texts, and arrays of numbers of the usual libraries, without importing any."""

from __future__ import annotations

import math
from typing import Any

MAX_ITEMS = 65_536
MAX_TEXT = 10_000


class NotPlain(Exception):
    """A value that can't be written down, and why (a code of the catalogue)."""

    def __init__(self, reason: str, /, **values: Any) -> None:
        super().__init__(reason)
        self.reason, self.values = reason, values


def array_of(value: Any) -> Any:
    """A numpy array of a tensor, array, or nested list of numbers; None for anything else."""
    if hasattr(value, "detach") and hasattr(value, "dtype"):  # torch; files and sockets have a `detach` that breaks them
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
    if hasattr(value, "numpy") and callable(value.numpy):
        value = value.numpy()
    import numpy

    if isinstance(value, (list, tuple)) and value:
        try:
            value = numpy.asarray(value)
        except ValueError:
            return None
    if isinstance(value, (numpy.ndarray, numpy.generic)) and numpy.asarray(value).dtype.kind in "biuf":
        return numpy.asarray(value)
    return None


def is_scalar(value: Any) -> bool:
    """Whether a value is one number: a Python number, or a tensor or array of one item."""
    if isinstance(value, (bool, int, float)):
        return True
    if not (hasattr(value, "dtype") and hasattr(value, "shape")):
        return False
    try:
        array = array_of(value)
    except Exception:
        return False
    return array is not None and array.size == 1


def record(value: Any) -> dict[str, Any]:
    """A JSON-ready record: kind, dtype, shape, flat data. Raises NotPlain."""
    if isinstance(value, bool) or type(value) in (int, float):
        kind = "bool" if isinstance(value, bool) else type(value).__name__
        return {"kind": "number", "dtype": kind, "shape": [], "data": [number(value)]}
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise NotPlain("missing.too_large", limit=MAX_TEXT)
        return {"kind": "text", "dtype": "str", "shape": [], "data": [value]}
    try:
        array = array_of(value)
    except Exception as problem:
        raise NotPlain("missing.not_serialisable", type=type(value).__name__) from problem
    if array is None:
        raise NotPlain("missing.not_serialisable", type=type(value).__name__)
    if array.size > MAX_ITEMS:
        raise NotPlain("missing.too_large", limit=MAX_ITEMS)
    data = [number(item) for item in array.ravel().tolist()]
    return {"kind": "array", "dtype": str(array.dtype), "shape": list(array.shape), "data": data}


def number(value: Any) -> Any:
    """JSON has no NaN and no infinity: they travel as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**63:
        return str(value)[:100]
    return value

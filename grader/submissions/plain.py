"""Making values storable. What a notebook named or printed may hold what Postgres refuses, and that must never lose a grade."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def plain_text(value: object, limit: int) -> str:
    """Text without NUL and lone surrogates, of at most `limit` characters."""
    text = "" if value is None else str(value)
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:limit]


def plain(value: Any, depth: int = 6) -> Any:
    """A JSON value that jsonb takes: finite numbers (others as text), clean text, bounded depth and length."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth and isinstance(value, Mapping):
        return {plain_text(key, 200): plain(item, depth - 1) for key, item in list(value.items())[:500]}
    if depth and isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value[:5000]]
    return plain_text(value, 20_000)


def points(value: float) -> Decimal:
    """Points as the database keeps them: two decimals; what is no number is worth nothing."""
    if not math.isfinite(value):
        return Decimal("0.00")
    return Decimal(str(value)).quantize(Decimal("0.01"))

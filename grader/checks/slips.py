"""Known mistakes: which hint explains a wrong number?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def explained(slips: Mapping[str, str], numbers: Iterable[float], tolerance: float = 1e-9) -> str | None:
    """The hint of the first of `slips` (a wrong number, as text, to its hint) that is one of `numbers`."""
    found = tuple(numbers)
    return next((hint for slip, hint in slips.items() if any(abs(float(slip) - one) <= tolerance for one in found)), None)

"""Points as people type them: 87,5 and 87.5 are the same, in whichever language the page is."""

from __future__ import annotations

import re
from decimal import Decimal

_POINTS = re.compile(r"\d{1,6}([.,]\d{1,2})?")


def points_read(text: str) -> Decimal | None:
    """None where it is no number of points: at most two decimals, not negative."""
    found = _POINTS.fullmatch(text.strip().replace("\N{NO-BREAK SPACE}", "").replace(" ", ""))
    return Decimal(found[0].replace(",", ".")) if found else None

"""Numbers as people type them: 87,5 and 87.5 are the same, in whichever language the page is."""

from __future__ import annotations

import re
from decimal import Decimal

_POINTS = re.compile(r"\d{1,6}([.,]\d{1,2})?")


def points_read(text: str) -> Decimal | None:
    """None where it is no number of points: at most two decimals, not negative."""
    found = _POINTS.fullmatch(text.strip().replace("\N{NO-BREAK SPACE}", "").replace(" ", ""))
    return Decimal(found[0].replace(",", ".")) if found else None


def whole_read(text: str) -> int | None:
    """A whole number as forms and addresses hold it; None where it is none, or so long that nobody means it."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

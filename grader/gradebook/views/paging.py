"""Numbers of pages below a long table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page


def pages_around(page: Page[Any], address: Callable[[int], str]) -> list[tuple[str, str]]:
    """Numbers with their addresses: the first, those around this one, the last; "…" without an address between. Empty for one."""
    if not page.has_other_pages():
        return []
    near = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [(str(one), address(one) if isinstance(one, int) else "") for one in near]

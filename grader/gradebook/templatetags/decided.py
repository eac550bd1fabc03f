"""What templates ask of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def of(found: Mapping[str, Any] | None, key: str) -> Any:
    """The entry of this key, or None."""
    return (found or {}).get(key)

"""What templates ask of decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext_lazy

register = template.Library()


@register.filter
def of(found: Mapping[str, Any] | None, key: str) -> Any:
    """The entry of this key, or None."""
    return (found or {}).get(key)


WHY = {
    "run": gettext_lazy("Graded"),
    "regrade": gettext_lazy("Graded again"),
    "override": gettext_lazy("Set by a person"),
    "review": gettext_lazy("Decided by a person"),
    "late_policy": gettext_lazy("Dates or rules have changed"),
    "extension": gettext_lazy("An extension was given or taken back"),
}
TONES = {"override": "is-overridden", "review": "is-look", "regrade": "is-ours", "late_policy": "is-warn", "extension": "is-warn"}


@register.filter
def why(reason: str) -> str:
    """Why a grade changed, in words."""
    return str(WHY.get(reason, reason))


@register.filter
def after(title: str, number: str) -> str:
    """The title without its number: “13. Homework” is “Homework” where 13 stands above it."""
    return title.removeprefix(f"{number}.").strip() or title


@register.filter
def tone(reason: str) -> str:
    return TONES.get(reason, "")

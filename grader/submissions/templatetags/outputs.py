"""What a notebook holds, for pages: colours of a terminal, code, and Markdown of somebody we don't know."""

from __future__ import annotations

import math
from decimal import Decimal

from django import template
from django.utils import formats
from django.utils.safestring import SafeString

from grader.submissions import ansi as colours
from grader.submissions import code, markdown
from grader.submissions.report import SplitReport
from grader.submissions.templatetags.words import language

register = template.Library()


@register.filter
def ansi(text: str) -> SafeString:
    return colours.rendered(text)


@register.filter
def python(source: str) -> SafeString:
    return code.coloured(source)


@register.filter
def foreign(source: str) -> SafeString:
    return markdown.foreign(source)


@register.filter
def figure(value: float | None) -> str:
    """Four digits that say something, as the reader writes them: 0,8714; 12,5; a dash for none."""
    if value is None or not math.isfinite(value):
        return "—"
    digits = f"{value:.4g}"
    return digits if "e" in digits else formats.number_format(Decimal(digits))


@register.filter
def share(split: SplitReport) -> str:
    """The share of right ones: 0,8714."""
    return figure(split.right / split.images)


@register.filter
def count(number: int) -> str:
    """118 282 in Russian, where four digits stay together; 118,282 in English."""
    if language() == "en":
        return f"{number:,}"
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}") if number >= 10_000 else str(number)

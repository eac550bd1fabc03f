"""Numbers, dates and states as the reader writes them, and course texts in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from grader.submissions import markdown

register = template.Library()

# A state's sign and word. The sign is text, not a picture: it prints, copies, and survives forced colours.
SIGNS = {
    "passed": "✓",
    "partial": "◐",
    "failed": "✗",
    "all_points": "✓",
    "no_points": "✗",
    "review": "?",
    "error": "!",
    "not_judged": "↻",
    "graded": "✓",
    "broken": "!",
    "problem": "↻",
    "waiting": "…",
    "queued": "…",
    "running": "▸",
    "cancelled": "–",
    "quarantined": "↻",
    "none": "○",
    "late": "◷",
    "overridden": "✎",
}
WORDS = {
    "passed": pgettext_lazy("state", "passed"),
    "partial": pgettext_lazy("state", "partial"),
    "failed": pgettext_lazy("state", "not passed"),
    # Of a whole assignment, where Russian has other words than for one answer.
    "all_points": pgettext_lazy("whole", "passed"),
    "no_points": pgettext_lazy("whole", "not passed"),
    "review": pgettext_lazy("state", "awaiting review"),
    "error": pgettext_lazy("state", "could not be judged"),
    "not_judged": pgettext_lazy("state", "not judged yet, our fault"),
    "graded": pgettext_lazy("state", "graded"),
    "broken": pgettext_lazy("state", "the run failed"),
    "problem": pgettext_lazy("state", "our fault, being looked into"),
    "waiting": pgettext_lazy("state", "being graded"),
    "queued": pgettext_lazy("state", "in the queue"),
    "running": pgettext_lazy("state", "running"),
    "cancelled": pgettext_lazy("state", "cancelled"),
    "quarantined": pgettext_lazy("state", "our fault, being looked into"),
    "none": pgettext_lazy("state", "not handed in"),
    "late": pgettext_lazy("state", "late"),
    "overridden": pgettext_lazy("state", "set by hand"),
}


def language() -> str:
    """`ru` or `en`."""
    return (get_language() or "ru")[:2]


def in_language(texts: Mapping[str, str] | None) -> str:
    """The reader's language of a course text, else whatever there is."""
    texts = texts or {}
    return texts.get(language()) or next((text for text in texts.values() if text), "")


def number(value: Decimal | float | int | str | None) -> str:
    """At most two decimals, none that say nothing: 87,5 in Russian, 87.5 in English; a dash for no number."""
    if value is None or value == "":  # what a template gives for a field of nothing
        return "—"
    exact = Decimal(str(value))
    if not exact.is_finite():
        return "—"
    rounded = exact.quantize(Decimal("0.01"))
    if rounded == rounded.to_integral_value():
        return formats.number_format(int(rounded))
    return formats.number_format(rounded.normalize())


def _offset(moment: datetime) -> str:
    minutes = int((moment.utcoffset() or timedelta(0)).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes >= 0 else "−"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


@register.filter
def points(value: Decimal | float | int | None) -> str:
    return number(value)


@register.filter
def integer(value: Decimal | float | int | None) -> int:
    """For plural forms: a fraction takes the form of "2" in Russian (1,5 балла), so it counts as two."""
    if value is None or value != int(value):
        return 2
    return int(value)


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    """24.11.2026 18:30 (UTC+3) or 2026-11-24 18:30 (UTC+3), with the exact moment for machines."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    shown = local.strftime("%d.%m.%Y %H:%M" if language() == "ru" else "%Y-%m-%d %H:%M")
    exact = local.isoformat("T", "seconds")
    return format_html('<time datetime="{}">{} <span class="muted">({})</span></time>', exact, shown, _offset(local))


@register.filter
def text(texts: Mapping[str, str] | None) -> str:
    return in_language(texts)


@register.filter
def prose(texts: Mapping[str, str] | None) -> SafeString:
    return markdown.block(in_language(texts))


@register.filter
def line(texts: Mapping[str, str] | None) -> SafeString:
    return markdown.inline(in_language(texts))


@register.filter
def sign(state: str) -> str:
    return SIGNS.get(state, "·")


@register.filter
def word(state: str) -> str:
    return str(WORDS.get(state, state))


@register.simple_tag
def badge(state: str) -> SafeString:
    """A state as a small label: sign, word and a colour."""
    return format_html('<span class="badge is-{}"><span aria-hidden="true">{}</span> {}</span>', state, sign(state), word(state))


@register.filter
def seconds(value: float | None) -> str:
    """A span of time in words: 12 s, 3 min 5 s, 2 h 10 min."""
    if value is None or not math.isfinite(value):
        return ""
    whole = max(0, round(value))
    if whole < 60:
        return _("%(s)d s") % {"s": whole}
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return (_("%(min)d min %(s)d s") if rest else _("%(min)d min")) % {"min": minutes, "s": rest}
    hours, rest = divmod(whole // 60, 60)
    return (_("%(h)d h %(min)d min") if rest else _("%(h)d h")) % {"h": hours, "min": rest}


@register.filter
def megabytes(value: int) -> str:
    """1,5 GB or 512 MB."""
    if value >= 1024:
        return _("%(n)s GB") % {"n": number(Decimal(value) / 1024)}
    return _("%(n)s MB") % {"n": number(value)}


@register.simple_tag
def meter(value: Decimal | float | None, most: Decimal | float | None) -> SafeString:
    """A thin bar, drawn as SVG since the CSP allows no inline style. Said in words beside it, so hidden from readers."""
    share = min(1.0, max(0.0, float(value or 0) / float(most))) if most else 0.0
    return format_html(
        '<svg class="meter" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect width="{}" height="10"/></svg>',
        round(share * 1000),
    )


DEVICES = {
    "cpu": gettext_lazy("CPU"),
    "gpu": gettext_lazy("GPU"),
    "prefer-gpu": gettext_lazy("GPU if one is free, otherwise CPU"),
}


@register.filter
def device(name: str) -> str:
    return str(DEVICES.get(name, name))

"""Codes to sentences, with numbers and plurals as the reader writes them.

In a sentence `{measured:share}` is a value with a format, `{more|image|images}` a number followed by the form of the
word that fits it (three forms in Russian). Values may come from a student's process: they are cut, freed of control
characters, and inserted once, never read as a pattern. Plain text comes out; who shows it escapes it.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from grader.catalogue.exceptions import Explained, meant
from grader.catalogue.values import InBoth, Scalar, Shown, Told
from grader.checks import installed

_FOLDER = Path(__file__).parent
_NARROW = "\N{NO-BREAK SPACE}"
_PLACE = re.compile(r"\{(?P<name>\w+)(?::(?P<format>\w+))?(?:\|(?P<forms>[^{}]*))?\}")
_LONGEST_VALUE = 300


def render(
    code: str,
    values: Mapping[str, Scalar],
    lang: str,
    *,
    extra: Mapping[str, Mapping[str, str]] | None = None,
    explained: Sequence[Explained] = (),
) -> str:
    """The sentence of `code`. `extra` are a task's own messages. Never raises: an unknown code is named plainly.

    `run.error` is followed by what such an exception usually means, wherever it is shown; `explained` are an assignment's own.
    """
    lang = _known(lang)
    own = (extra or {}).get(code, {})
    sentence = own.get(lang) or next(iter(own.values()), None) or _sentences(lang).get(code)
    text = _filled(sentence or _plainly(code, lang), values, lang)
    reason = meant(values, explained) if code == "run.error" else None
    return f"{text} {_reason(*reason, lang)}" if reason else text


def say(told: Shown, lang: str) -> str:
    """What was told, written out; an old sentence, kept before there were codes, as it is."""
    lang = _known(lang)
    if not isinstance(told, Told):
        return told if isinstance(told, str) else _written(told, "", lang)
    text = _filled(_sentences(lang).get(told.code) or _plainly(told.code, lang), told.values, lang)
    return re.sub(" +", " ", text).strip()  # a part that says nothing leaves a space


def _known(lang: str) -> str:
    return lang if lang in ("ru", "en") else "ru" if lang.startswith("ru") else "en"


def _plainly(code: str, lang: str) -> str:
    return f"Результат проверки: {code}." if lang == "ru" else f"Result of the check: {code}."


def _filled(sentence: str, values: Mapping[str, Shown], lang: str) -> str:
    return _PLACE.sub(lambda place: _fill(place, values, lang), sentence)


def _reason(entry: Explained, values: Mapping[str, Scalar], lang: str) -> str:
    return render(entry.hint or "own", values, lang, extra={"own": entry.sentence} if entry.sentence else None)


def codes(lang: str) -> frozenset[str]:
    """Every code that has a sentence in `lang`."""
    return frozenset(_sentences(lang))


def placeholders(code: str, lang: str) -> frozenset[str]:
    """Names of the values that the sentence of `code` shows."""
    return frozenset(place["name"] for place in _PLACE.finditer(_sentences(lang)[code]))


@functools.cache
def _sentences(lang: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    theirs = [one.folder / "catalogue" for one in installed.modules() if one.folder]
    for file in [file for folder in (_FOLDER, *dict.fromkeys(theirs)) for file in sorted((folder / lang).glob("*.yaml"))]:
        for code, sentence in yaml.safe_load(file.read_text("utf-8")).items():
            if code in found:
                raise ValueError(f"{file}: the code {code} stands in another file, too")
            found[code] = " ".join(sentence.split())
    return found


def _fill(place: re.Match[str], values: Mapping[str, Shown], lang: str) -> str:
    value = values.get(place["name"])
    text = _written(value, place["format"] or "", lang)
    if place["forms"] and isinstance(value, int):
        forms = place["forms"].split("|")
        return f"{text}{_NARROW}{forms[min(_form(value, lang), len(forms) - 1)]}"
    closes = place.string[place.end() : place.end() + 1] == "."
    return text.rstrip(".") if closes and isinstance(value, str) else text  # a message that ends with a full stop itself


def _form(number: int, lang: str) -> int:
    """Which plural form: 1 изображение, 2 изображения, 5 изображений; 1 image, 2 images."""
    number = abs(number)
    if lang == "en":
        return 0 if number == 1 else 1
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else 2


def _written(value: Shown, form: str, lang: str) -> str:
    if isinstance(value, Told):
        return say(value, lang)
    if isinstance(value, InBoth):
        return _clean(value.ru if lang == "ru" else value.en)
    if isinstance(value, tuple):
        return ", ".join(_written(each, form, lang) for each in value)
    if value is None:
        return "—"
    if isinstance(value, bool):
        return {"ru": ("нет", "да"), "en": ("no", "yes")}[lang][value]
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if form == "share":
        return _point(_trimmed(f"{value:.4f}", least=2), lang)
    if isinstance(value, int) or value == int(value):
        return _grouped(int(value), lang) if abs(value) < 1e15 else f"{value:.3e}"
    return _point(_trimmed(f"{value:.6f}", least=0) if abs(value) >= 1e-4 else f"{value:.3g}", lang)


def _trimmed(digits: str, least: int) -> str:
    whole, _, rest = digits.partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{whole}.{rest}" if rest else whole


def _point(digits: str, lang: str) -> str:
    return digits.replace(".", ",") if lang == "ru" else digits


def _grouped(number: int, lang: str) -> str:
    """118 282 in Russian (four digits stay together), 118,282 in English."""
    if lang == "en":
        return f"{number:,}"
    return f"{number:,}".replace(",", _NARROW) if abs(number) >= 10_000 else str(number)


def _clean(text: str) -> str:
    visible = "".join(sign if sign.isprintable() else " " for sign in text[: 4 * _LONGEST_VALUE])
    visible = " ".join(visible.split())
    return visible if len(visible) <= _LONGEST_VALUE else visible[: _LONGEST_VALUE - 1] + "…"

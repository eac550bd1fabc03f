"""Reading a number as people type it.

One text can be read in more than one way: `1,234` is a thousand and more in English and a little over one in Russian.
`read` gives every reading that a sensible person could mean, and the kind that asked decides: a count has no decimals,
an accuracy does not exceed 100 %. Where readings that are left lead to different verdicts, the student is asked.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Relation = Literal["", ">", ">=", "<", "<="]
Unreadable = Literal["empty", "unreadable", "several", "too_long"]

_LONGEST = 200
# Long phrases first: "не менее" holds "менее". Words, then signs.
_RELATIONS: tuple[tuple[str, str, Relation], ...] = (
    (
        r"не\s+менее|не\s+меньше|как\s+минимум|минимум|at\s+least|not\s+less\s+than|no\s+less\s+than",
        r">\s*=|=>|≥|⩾",
        ">=",
    ),
    (
        r"не\s+более|не\s+больше|максимум|at\s+most|not\s+more\s+than|no\s+more\s+than",
        r"<\s*=|=<|≤|⩽",
        "<=",
    ),
    (
        r"более(?:\s+чем)?|больше(?:\s+чем)?|свыше|выше|more\s+than|greater\s+than|over|above",
        r">",
        ">",
    ),
    (
        r"менее(?:\s+чем)?|меньше(?:\s+чем)?|ниже|less\s+than|fewer\s+than|under|below",
        r"<",
        "<",
    ),
)
_PLAIN = r"(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eе][+-]?\d+)?"  # a Russian `е` is typed for the Latin one
_GROUPED = r"\d{1,3}(?:(?P<gap>[ '_])\d{3})(?:(?P=gap)\d{3})*(?:[.,]\d+)?"
_COMMAS = r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+"
_TOKEN = re.compile(rf"(?<![\w.,])[+-]?(?:{_COMMAS}|{_GROUPED}|{_PLAIN})(?![\w]*\d)", re.IGNORECASE)
_NEGATED = re.compile(r"\b(не|not|нет|no)\b")
_ABOUT = re.compile(r"(?<=[\d%])\s*(?:±|\+\s?/\s?-)\s*[\d.,]+")  # `0.83±0.01`: the number and how sure it is
_AGAIN = re.compile(r"\s*%?\s*(?:\(|=|или|or|то есть|т\. ?е\.|that is|i\. ?e\.)\s*=?\s*")  # `0,83 (83 %)`
_RANGE = re.compile(  # what stands around both numbers of a range; a number is #
    r"(?:\w+ )?(?:от |from |между |between )?# ?%? ?(?:[<⩽≤]=? ?[^\W\d]* ?[<⩽≤]=?|-|\.\.\.?|…|до|to|и|and) ?# ?%?"
)
_SIZE = re.compile(r"\([\d.,]+ ?[kmgкмг]?i?[bб]\)", re.IGNORECASE)  # `Total params: 118,282 (462.04 KB)`


@dataclass(frozen=True)
class Reading:
    """One meaning of what was typed: a finite value, whether a percent sign stood by it, and a relation (`> 500`)."""

    value: float
    percent: bool = False
    relation: Relation = ""


def read(text: str) -> tuple[Reading, ...] | Unreadable:
    """All readings of `text`, the likeliest first, or why there is none. Never raises; never gives NaN or infinity."""
    if len(text) > _LONGEST:
        return "too_long"
    plain = _plain(text)
    if not plain:
        return "empty"
    relation, plain = _relation(_ABOUT.sub("", _SIZE.sub(" ", plain)))
    tokens = list(_TOKEN.finditer(plain))
    if len(tokens) == 2 and _AGAIN.fullmatch(plain, tokens[0].end(), tokens[1].start()):
        return _twice(plain[: tokens[1].start()], plain[tokens[1].start() :], relation)
    if len(tokens) != 1:
        return "several" if tokens else "unreadable"
    return _one(plain, tokens[0], relation)


def shares(reading: Reading) -> tuple[float, ...]:
    """The share of 1 that a number can mean: 83 is 83 %, 0.83 is a share; `0.83 %` is what people type for 0.83."""
    if 0 <= reading.value <= 1:
        return (reading.value,)
    return (reading.value / 100,) if 1 < reading.value <= 100 else ()


def between(text: str) -> tuple[float, float] | None:
    """Both ends, as shares of 1, of `85% < accuracy < 90%`, `85-90` or `от 85 до 90 %`; None where it is no such range."""
    plain = _plain(text) if len(text) <= _LONGEST else ""
    tokens = list(_TOKEN.finditer(plain))
    if len(tokens) != 2 or not _RANGE.fullmatch(_TOKEN.sub("#", plain)):
        return None
    ends = [share for token in tokens for share in shares(Reading(_values(token.group())[0]))]
    return (ends[0], ends[1]) if len(ends) == 2 and ends[0] < ends[1] else None


def _one(plain: str, token: re.Match[str], relation: Relation) -> tuple[Reading, ...] | Unreadable:
    around = plain[: token.start()] + " " + plain[token.end() :]
    if _NEGATED.search(around) or re.search(r"(?<!\w)\d|[][*/^²³]", around) or re.match(r"\s*[+-]\s*[\w.]", plain[token.end() :]):
        return "unreadable"
    percent = bool(re.search(r"%|процент|percent", around))
    values = [value for value in _values(token.group()) if math.isfinite(value)]
    return tuple(Reading(value + 0.0 if value else 0.0, percent, relation) for value in values) or "unreadable"


def _twice(one: str, other: str, relation: Relation) -> tuple[Reading, ...] | Unreadable:
    """One number written in two ways: the readings of the first (a share before a percentage) that the second agrees with."""
    first, second = (_one(part, next(_TOKEN.finditer(part)), relation) for part in (one, other))
    if isinstance(first, str) or isinstance(second, str):
        return "several"
    return tuple(left for left in first if any(_agree(left, right) for right in second)) or "several"


def _agree(left: Reading, right: Reading) -> bool:
    """Whether both mean the same number; a percentage beside a share may be rounded to whole ones: `0,834 (83 %)`."""
    if left.percent == right.percent:
        return left.value == right.value
    share, percentage = (right, left) if left.percent else (left, right)
    return abs(100 * share.value - percentage.value) <= 0.5 + 1e-9


def _plain(text: str) -> str:
    """Lower case; every decimal digit as 0-9; every space, minus and apostrophe as one sign."""
    signs = {
        "−": "-",
        "–": "-",
        "—": "-",
        "‑": "-",
        "﹣": "-",
        "－": "-",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "，": ",",
        "．": ".",
        "％": "%",
    }
    kept = []
    for sign in text:
        if unicodedata.category(sign) == "Nd":
            kept.append(str(unicodedata.decimal(sign)))
        elif sign.isspace() or unicodedata.category(sign) in ("Zs", "Cf"):
            kept.append(" ")
        else:
            kept.append(signs.get(sign, sign))
    return re.sub(r"\s+", " ", "".join(kept)).strip().rstrip(";.,!").strip("\"«»`' ").lower()


def _relation(plain: str) -> tuple[Relation, str]:
    for words, signs, relation in _RELATIONS:
        found = re.search(rf"(?<!\w)(?:{words})(?!\w)|{signs}", plain)
        if found:
            return relation, plain[: found.start()] + " " + plain[found.end() :]
    return "", plain


def _values(token: str) -> list[float]:
    """`118,282` is 118282 or 118.282; `0,830` only the second; `1.234.567` only a whole number."""
    token = token.replace("е", "e").replace(" ", "").replace("'", "").replace("_", "")
    commas, points = token.count(","), token.count(".")
    if commas and points:
        last = "," if token.rfind(",") > token.rfind(".") else "."
        other = "." if last == "," else ","
        return [float(token.replace(other, "").replace(last, "."))]
    sign = "," if commas else "."
    if commas + points > 1:
        return [float(token.replace(sign, ""))]
    if commas + points == 0:
        return [_float(token)]
    decimal = _float(token.replace(",", "."))
    whole, _, rest = token.lstrip("+-").partition(sign)
    thousands = len(rest) == 3 and rest.isdigit() and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return [decimal, _float(token.replace(sign, ""))] if thousands else [decimal]


def _float(token: str) -> float:
    try:
        return float(token)
    except ValueError:
        return math.nan

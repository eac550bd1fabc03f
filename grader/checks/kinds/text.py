"""A short text: one of the accepted forms passes, anything else is for a person to read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from grader.checks.registry import check
from grader.checks.values import Answer, Verdict, failed, passed, review


@dataclass(frozen=True)
class Text:
    """`accepted` forms are compared without regard to case, spaces, punctuation and the dots of `ё`."""

    accepted: tuple[str, ...]


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    return " ".join(re.findall(r"\w+", folded))


@check("text", params=Text, judges=("text",))
def text(want: Text, answer: Answer) -> Verdict:
    """A text that no list foresaw may still be right, so it never fails by itself."""
    if answer.empty:
        return failed("empty")
    given = _normal(answer.text or " ".join(answer.items))
    if given and given in {_normal(form) for form in want.accepted}:
        return passed()
    return review("unforeseen")

"""Python as a page shows it: words, texts, numbers and notes in spans with a class, by Pygments' lexer; all text is escaped."""

from __future__ import annotations

from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

_CLASSES = (
    (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "m"), (Comment, "c"), (Name.Function, "n"), (Name.Class, "n"),
    (Name.Builtin, "n"), (Name.Decorator, "n"),
)  # fmt: skip
_LEXER = PythonLexer(stripnl=False, ensurenl=False)


def coloured(source: str) -> SafeString:
    """Safe HTML for a `<pre class="code">`."""
    pieces = []
    for kind, text in _LEXER.get_tokens(source):
        shown = conditional_escape(text)
        name = _class(kind)
        pieces.append(f'<span class="{name}">{shown}</span>' if name else shown)
    return mark_safe("".join(pieces))  # noqa: S308 - every text was escaped, and classes are ours


def _class(kind: Any) -> str:
    return next((name for known, name in _CLASSES if kind in known), "")

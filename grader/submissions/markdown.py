r"""Course texts: Markdown with formulas, made into HTML that is safe to show.

Texts come from a package, which a teacher uploads: raw HTML is off, and whatever comes out passes an allow-list.
`$x^2$` and `$$…$$` become MathML, which browsers show, print and read aloud without a script; a formula that cannot
be read is shown as it was typed. As in Pandoc, a `$` opens a formula only before a non-space, and closes one only
after a non-space and not before a digit, so that prices stay prices.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]{1,1400000}")
_MATH = {
    *("math", "mrow", "mi", "mo", "mn", "ms", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mphantom"),
    *("menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts"),
    *("mtable", "mtr", "mtd"),
}
_TEXT = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "ul", "ol", "li", "strong", "em", "s", "code", "pre", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "img"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "img": {"src", "alt", "title", "width", "height"},
    "math": {"xmlns", "display"},
    "mo": {"stretchy", "fence", "form", "separator", "lspace", "rspace", "minsize", "maxsize"},
    "mi": {"mathvariant"},
    "mtd": {"columnalign"},
    "mtable": {"columnalign", "rowspacing", "columnspacing"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mspace": {"width"},
    "mfrac": {"linethickness"},
    "munder": {"accentunder"},
    "mover": {"accent"},
}


def _dollar_math(state: StateInline, silent: bool) -> bool:
    """A markdown-it inline rule for `$…$` and `$$…$$`."""
    source, start = state.src, state.pos
    if source[start] != "$":
        return False
    mark = "$$" if source.startswith("$$", start) else "$"
    begin = start + len(mark)
    end = source.find(mark, begin)
    if end <= begin or (mark == "$" and not _is_formula(source, begin, end)):
        return False
    if not silent:
        token = state.push("math", "math", 0)
        token.content = source[begin:end].strip()
        token.markup = mark
    state.pos = end + len(mark)
    return True


def _is_formula(source: str, begin: int, end: int) -> bool:
    closed_before_digit = source[end + 1 : end + 2].isdigit()
    return not (source[begin].isspace() or source[end - 1].isspace() or closed_before_digit)


def _render_math(self: object, tokens: list[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    try:
        return convert(token.content, display="block" if token.markup == "$$" else "inline")
    except Exception:  # the converter raises whatever its parser stumbles over
        return f"<code>{escapeHtml(token.markup + token.content + token.markup)}</code>"


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.inline.ruler.before("escape", "dollar_math", _dollar_math)
    reader.add_render_rule("math", _render_math)
    return reader


_READER = _reader()


def _clean(html: str) -> SafeString:
    clean = nh3.clean(html, tags=_TEXT | _MATH, attributes=_ATTRIBUTES, url_schemes={"https", "http", "mailto", "data"})
    return mark_safe(clean)  # noqa: S308  (this is the one place: it has just passed the allow-list)


@lru_cache(maxsize=512)
def block(source: str) -> SafeString:
    """A text of paragraphs, lists, tables and formulas. A page has its own `<h1>`, so headings begin at the second level."""
    tokens = _READER.parse(source)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(max(int(token.tag[1]), 2), 5)}"
    return _clean(_READER.renderer.render(tokens, _READER.options, {}))


def foreign(source: str) -> SafeString:
    """Markdown of a student's notebook: as `block`, but links tell nobody where they were followed from, pictures are none but
    those that stand in the text itself, and headings follow the page's own without a jump.
    """
    tokens = _READER.parse(source)
    level = 1
    for token in tokens:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + 1, level + 1, 5)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
    html = _READER.renderer.render(tokens, _READER.options, {})
    clean = nh3.clean(
        html,
        tags=_TEXT | _MATH,
        attributes=_ATTRIBUTES,
        attribute_filter=_of_foreigners,
        url_schemes={"https", "http", "mailto", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(clean)  # noqa: S308  (as above)


def _of_foreigners(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    if tag == "a" and attribute == "href":
        return value if value.startswith(("https://", "http://", "mailto:", "#")) else None
    return value


@lru_cache(maxsize=2048)
def inline(source: str) -> SafeString:
    """One line (an option, a title) without a paragraph around it."""
    return _clean(_READER.renderInline(source))

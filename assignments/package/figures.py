"""Figures: SVG files in `figures/`, shown by `![what it shows](figures/name.svg)` in the texts.

A picture may hold shapes and words and nothing that acts, loads or leads away: an allow-list of elements and attributes,
no declaration of types or entities, no processing instruction. Pages show it as an image, where browsers run no script
anyway; whoever opens its address gets it with a policy that allows nothing. So three doors would have to be open at once.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.parsers import expat

from markdown_it import MarkdownIt

from assignments.package.problems import Problems, did_you_mean
from grader.catalogue.values import Shown, told

FOLDER = "figures"
LARGEST = 100_000  # bytes
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}\.svg")  # what an address may hold
_SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = """
svg g defs title desc style path rect circle ellipse line polyline polygon text tspan marker clipPath linearGradient
radialGradient stop"""
_ATTRIBUTES = """
id class style d points x y x1 y1 x2 y2 dx dy cx cy r rx ry fx fy width height viewBox preserveAspectRatio transform role
aria-label aria-labelledby aria-hidden lang fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray
stroke-linecap stroke-linejoin opacity color font-family font-size font-style font-weight text-anchor dominant-baseline
letter-spacing marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient clip-path offset
stop-color stop-opacity gradientUnits gradientTransform version"""
_KNOWN_ELEMENTS, _KNOWN_ATTRIBUTES = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
# In styles and values: what could load something. `\` may spell any of it, so it is not let in at all.
_LOADS = re.compile(
    r"\\|url\s*\((?!\s*#[\w-]+\s*\))|@(?!media\b)|image(-set)?\s*\(|src\s*\(|expression|javascript:", re.IGNORECASE
)
_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


class _Refused(Exception):
    """What an SVG may not hold; ends the reading of it."""

    def __init__(self, code: str, /, **values: Shown) -> None:
        self.told = told(code, **values)
        super().__init__(code)


def check_figures(folder: Path, problems: Problems) -> None:
    """Note what is wrong with the pictures of the assignment in `folder`, and with the places in its texts that show them."""
    there = sorted(file for file in (folder / FOLDER).rglob("*") if file.is_file() and not file.name.startswith("."))
    for file in there:
        if file.parent != folder / FOLDER or not _NAME.fullmatch(file.name):
            problems.add(file, 1, "package.figure_name", name=file.name)
        else:
            _check_svg(file, problems)
    for text in (folder / "ru.md", folder / "en.md"):
        _check_places(text, {f"{FOLDER}/{file.name}" for file in there}, problems)


def _check_places(text: Path, known: set[str], problems: Problems) -> None:
    try:
        tokens = _READER.parse(text.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return  # told by whoever reads the texts
    for token in tokens:
        line = token.map[0] + 1 if token.map else 1
        for image in (one for one in token.children or () if one.type == "image"):
            source = str(image.attrs.get("src", ""))
            if source not in known:
                problems.add(text, line, "package.no_figure", source=source, near=did_you_mean(source, known))
            if not image.content.strip():
                problems.add(text, line, "package.figure_without_words", source=source)


def _check_svg(file: Path, problems: Problems) -> None:
    content = file.read_bytes()
    if len(content) > LARGEST:
        problems.add(file, 1, "package.figure_too_large", size=len(content), most=LARGEST)
        return
    reader = _Reader()
    try:
        reader.read(content)
    except _Refused as refused:
        problems.add(file, reader.line, "package.figure_refused", why=refused.told)
    except (expat.ExpatError, UnicodeDecodeError) as trouble:
        column = getattr(trouble, "offset", 0) + 1
        problems.add(file, getattr(trouble, "lineno", 1), "package.not_svg", column=column)


class _Reader:
    """One pass over one file. What is not known is refused, so what browsers learn tomorrow is refused today."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.inside: list[str] = []
        self.titled = False
        self.style = ""
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words
        self.parser.StartDoctypeDeclHandler = lambda *_: self._refuse("figure.doctype")
        self.parser.ProcessingInstructionHandler = lambda target, _: self._refuse("figure.instruction", target=target)
        self.parser.XmlDeclHandler = lambda *_: self._refuse("figure.declaration")

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def read(self, content: bytes) -> None:
        content.decode("utf-8")  # and no other encoding, whatever the file says of itself
        self.parser.Parse(content, True)
        if not self.titled:
            raise _Refused("figure.no_title")

    def _refuse(self, code: str, /, **values: Shown) -> None:
        raise _Refused(code, **values)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, element = name.rpartition(" ")
        if space != _SVG or element not in _KNOWN_ELEMENTS:
            if space in ("", _SVG):
                raise _Refused("figure.element", element=element)
            raise _Refused("figure.foreign_element", element=element, space=space)
        if (element == "svg") == bool(self.inside):
            raise _Refused("figure.one_svg")
        if element == "svg" and "viewBox" not in attributes:
            raise _Refused("figure.view_box")
        for attribute, value in attributes.items():
            if attribute not in _KNOWN_ATTRIBUTES:
                raise _Refused("figure.attribute", attribute=attribute.rpartition(" ")[2], element=element)
            if _LOADS.search(value):
                raise _Refused("figure.loads", attribute=attribute, element=element, value=value[:60])
        self.titled |= element == "title"
        self.inside.append(element)
        self.style = ""

    def _end(self, _: str) -> None:
        if self.inside.pop() == "style" and _LOADS.search(self.style):  # its comments too: a string may hold `/*`
            raise _Refused("figure.style_loads")

    def _words(self, words: str) -> None:
        if self.inside[-1] == "style":  # in pieces as the parser has them, so joined first
            self.style += words

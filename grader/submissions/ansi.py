"""A terminal's colours as classes: `ESC [ … m` becomes spans, everything else is text and escaped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_SGR = re.compile(r"\x1b\[([0-9;]{0,24})m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FLAGS = {1: "ansi-bold", 2: "ansi-faint", 3: "ansi-italic", 4: "ansi-underline"}
_OFF = {22: ("ansi-bold", "ansi-faint"), 23: ("ansi-italic",), 24: ("ansi-underline",)}
MAX_SPANS = 4000  # after so many changes of colour the rest stays plain


@dataclass
class _Style:
    flags: set[str] = field(default_factory=set)
    colour: str = ""
    ground: str = ""

    @property
    def classes(self) -> str:
        return " ".join([*sorted(self.flags), *(name for name in (self.colour, self.ground) if name)])

    def take(self, codes: list[int]) -> None:
        """Apply one sequence. Of 256 colours the first sixteen are known; others, and true colours, leave things as they are."""
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.flags, self.colour, self.ground = set(), "", ""
            elif code in _FLAGS:
                self.flags.add(_FLAGS[code])
            elif code in _OFF:
                self.flags.difference_update(_OFF[code])
            elif code in (38, 48):
                self._of_many(code, codes)
            else:
                self._of_eight(code)

    def _of_eight(self, code: int) -> None:
        for base, bright, name in ((30, 90, "colour"), (40, 100, "ground")):
            prefix = "ansi-" if name == "colour" else "ansi-bg-"
            if base <= code < base + 8:
                setattr(self, name, f"{prefix}{code - base}")
            elif bright <= code < bright + 8:
                setattr(self, name, f"{prefix}{code - bright + 8}")
            elif code == base + 9:
                setattr(self, name, "")

    def _of_many(self, code: int, codes: list[int]) -> None:
        kind = codes.pop(0) if codes else 0
        if kind == 5 and codes:
            number = codes.pop(0)
            if number < 16:
                self._of_eight((30 if code == 38 else 40) + number if number < 8 else (90 if code == 38 else 100) + number - 8)
        elif kind == 2:
            del codes[:3]


def rendered(text: str) -> SafeString:
    """Safe HTML of spans with classes; no other control character is left."""
    style, pieces = _Style(), []
    parts = _SGR.split(text)
    for index, part in enumerate(parts):
        if index % 2:
            if index < 2 * MAX_SPANS:
                style.take([int(code or 0) for code in part.split(";")])
            continue
        shown = conditional_escape(_CONTROL.sub("", part))
        if shown:
            pieces.append(f'<span class="{style.classes}">{shown}</span>' if style.classes else shown)
    return mark_safe("".join(pieces))  # noqa: S308 - every text was escaped, and classes are ours

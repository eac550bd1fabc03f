"""What a run printed, for the live page: its first and its last words, as a terminal would show them, in little room.

Runs beside the driver, in its sandbox, on text that a notebook wrote. A line is kept once it ends; a carriage return or a run
of backspaces begins it anew, as a progress bar does. Of all control characters only colours (`ESC [ … m`) stay.
"""

from __future__ import annotations

import re

HEAD, TAIL = 2000, 4000  # characters
LINE = 4000
_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]{0,4000}(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,24}m")
_OTHER = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]{0,24}m)")


class Printed:
    """Add text with `add`; `shown` gives the head, the tail, and how many characters between them are left out."""

    def __init__(self) -> None:
        self.head = self.tail = self.line = ""
        self.skipped = 0

    def add(self, text: str) -> list[str]:
        """Take text as it came; the lines that are whole now, and last what stands in the one that has only begun."""
        *whole, rest = (self.line + clean(text)).split("\n")
        done = [overwritten(line)[:LINE] for line in whole]
        for line in done:
            self._keep(line + "\n")
        self.line = rest if len(rest) <= LINE else overwritten(rest)[-LINE:]
        return [*done, overwritten(self.line)]

    def end_line(self) -> None:
        """A cell has ended: what the next one prints begins a line of its own."""
        if self.line:
            self.add("\n")

    def shown(self) -> tuple[str, str, int]:
        tail = self.tail + overwritten(self.line)
        over = max(0, len(tail) - TAIL)
        return self.head, tail[over:], self.skipped + over

    def _keep(self, line: str) -> None:
        self.tail += line
        if len(self.tail) <= TAIL:
            return
        at = self.tail.find("\n", len(self.tail) - TAIL) + 1 or len(self.tail) - TAIL
        cut, self.tail = self.tail[:at], self.tail[at:]
        room = 0 if self.skipped else HEAD - len(self.head)
        self.head += cut[:room]
        self.skipped += len(cut[room:])


def clean(text: str) -> str:
    """Without what steers a terminal, but for colours, returns and backspaces."""
    return _OTHER.sub("", _ESCAPES.sub(lambda found: found[0] if _COLOUR.fullmatch(found[0]) else "", text))


def overwritten(line: str) -> str:
    """A line as it would stand there."""
    return re.split(r"\r+|\x08+", line.rstrip("\r\x08"))[-1]


def plain(line: str) -> str:
    """Without colours."""
    return _COLOUR.sub("", line)

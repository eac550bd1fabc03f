"""Bytes or pasted text to lines of cells: whatever Excel, Google Sheets, Moodle or a mail program gives."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass

MOST_BYTES = 1_000_000
MOST_COLUMNS = 40
MOST_CELL = 300
DELIMITERS = ("\t", ";", ",")


@dataclass(frozen=True)
class Line:
    """One row of a table, with the number of the line on which it begins in the text."""

    number: int
    cells: tuple[str, ...]


def text_of(data: bytes) -> str:
    """A file's text: UTF-8 with or without a mark, the UTF-16 of Excel's "Unicode text", else Windows' Cyrillic."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", "replace")


def lines_of(text: str) -> list[Line]:
    """The rows that hold something. A row in quotes may go over several lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    pasted = [(number, _addressed(line)) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if pasted and all(found for _, found in pasted):
        return [Line(number, tuple(clean(part) for part in found)) for number, found in pasted if found]
    rows = csv.reader(io.StringIO(text), delimiter=delimiter_of(text), skipinitialspace=True)
    found: list[Line] = []
    begins = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return found
        except csv.Error:  # a cell longer than csv takes: the row stays, to be named as too long
            row = ["?" * (MOST_CELL + 1)]
        cells = tuple(clean(cell) for cell in row[:MOST_COLUMNS])
        if any(cells):
            found.append(Line(begins, cells))
        begins = rows.line_num + 1


def _addressed(line: str) -> tuple[str, str] | None:
    """Name and e-mail of a line as mail programs write it: Anna Smirnova <anna@example.org>. In one pass, however long it is."""
    name, _, rest = line.partition("<")
    address, _, after = rest.partition(">")
    box, at, host = address.rpartition("@")
    name = name.strip().removeprefix('"').removesuffix('"')
    if not (box and at and host) or '"' in name or ">" in name or "<" in address or after.strip(" \t;,"):
        return None
    return name, address


def delimiter_of(text: str) -> str:
    """Of tab, semicolon and comma the one that the first lines have most evenly; commas inside of names lose against others."""
    head = [re.sub(r'"[^"]*"', "", line) for line in text.split("\n")[:20] if line.strip()]
    counts = {sign: [line.count(sign) for line in head] for sign in DELIMITERS}
    return max(DELIMITERS, key=lambda sign: (min(counts[sign], default=0), sum(counts[sign])))


def clean(cell: str) -> str:
    """One line without control and direction characters (they would let a name look like another), single spaces, composed."""
    composed = unicodedata.normalize("NFC", cell)
    kept = "".join(" " if letter in "\n\t" else letter for letter in composed if letter in "\n\t" or _plain(letter))
    return " ".join(kept.split())[: MOST_CELL + 1]


def _plain(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}

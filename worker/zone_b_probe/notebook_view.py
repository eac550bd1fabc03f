"""Makes of an executed notebook what a page may show of it: plain texts, tables of texts, and pictures drawn anew.

A sandbox of its own with this file, `printed.py` and the notebook, and nothing else: no labels, no inputs. Started as
`python -I /kit/_grader_view/notebook_view.py`; reads executed.ipynb in the directory GRADER_FD_EXECUTED and writes
/out/notebook.json, whose shape is that of `grader.submissions.executed`, which believes none of it. No HTML leaves: a table
becomes rows of text, any other markup, SVG, script or widget becomes the words of its `text/plain`, or is left out.
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # -I takes it away

from _grader_view.printed import Printed

ROOT = os.environ.get("GRADER_ROOT", "")
MAX_BYTES = 32 << 20
MAX_CELLS, MAX_OUTPUTS, MAX_SOURCE = 400, 40, 20_000
MAX_IMAGES, MAX_IMAGE, MAX_IMAGES_BYTES = 40, 600 << 10, 3 << 20
MAX_PIXELS, WIDEST = 16_000_000, 1200
MAX_HTML, MAX_ROWS, MAX_COLUMNS, MAX_WORDS = 1 << 20, 40, 20, 200
PIECE, TABLES_S = 8 << 10, 3.0  # some markup takes the parser a time that grows with its square: then no more tables are read


class Budget:
    """What may still be shown of pictures, and how long tables may still take (seconds of this process)."""

    def __init__(self) -> None:
        self.images, self.bytes = MAX_IMAGES, MAX_IMAGES_BYTES
        self.tables_s = TABLES_S

    def take(self, size: int) -> bool:
        if self.images < 1 or size > min(self.bytes, MAX_IMAGE):
            return False
        self.images, self.bytes = self.images - 1, self.bytes - size
        return True


def main() -> None:
    number = os.open("executed.ipynb", os.O_RDONLY | os.O_NOFOLLOW, dir_fd=int(os.environ["GRADER_FD_EXECUTED"]))
    with os.fdopen(number, "rb") as file:
        notebook = json.loads(file.read(MAX_BYTES))
    cells = listed(notebook.get("cells"))
    budget, count, shown = Budget(), 0, []
    for cell in cells[:MAX_CELLS]:
        code = cell.get("cell_type") == "code"
        count += code
        source = joined(cell.get("source"))
        outputs = merged(listed(cell.get("outputs"))) if code else []
        shown.append({
            "kind": "code" if code else "text",
            "number": count if code else None,
            "source": source[:MAX_SOURCE],
            "cut": max(0, len(source) - MAX_SOURCE),
            "outputs": [output_of(output, budget) for output in outputs[:MAX_OUTPUTS]],
            "left_out": max(0, len(outputs) - MAX_OUTPUTS),
        })  # fmt: skip
    text = json.dumps({"cells": shown, "left_out": max(0, len(cells) - MAX_CELLS)})
    Path(ROOT + "/out/notebook.json").write_text(text)


def merged(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A progress bar comes as hundreds of pieces of one stream: pieces in a row are one text."""
    found: list[dict[str, Any]] = []
    pieces: list[str] = []
    for output in outputs:
        if output.get("output_type") != "stream":
            found.append(output)
            pieces = []
            continue
        if not pieces:
            found.append({"output_type": "stream", "text": pieces})
        pieces.append(joined(output.get("text")))
    return found


def output_of(output: dict[str, Any], budget: Budget) -> dict[str, Any]:
    """One output as text, error, table, image, or what it is that is left out."""
    kind = output.get("output_type")
    if kind == "stream":
        return printed("text", joined(output.get("text")))
    if kind == "error":
        return printed("error", "\n".join(str(line) for line in listed(output.get("traceback"), str)))
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    for mime in ("image/png", "image/jpeg"):
        if mime in data and (image := image_of(joined(data[mime]), budget)):
            return image
    if "text/html" in data and (table := table_of(joined(data["text/html"]), budget)):
        return table
    if "text/plain" in data:
        return printed("text", joined(data["text/plain"]))
    mime = next(iter(data), "")
    return {"kind": "left_out", "mime": "".join(sign for sign in str(mime)[:60] if sign.isascii() and sign.isprintable())}


def printed(kind: str, text: str) -> dict[str, Any]:
    lines = Printed()
    lines.add(text)
    head, tail, skipped = lines.shown()
    return {"kind": kind, "head": head, "tail": tail, "skipped": skipped}


def image_of(encoded: str, budget: Budget) -> dict[str, Any] | None:
    """A picture, decoded and drawn anew as PNG (or JPEG where that is much smaller); None where it is none or too much."""
    try:
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        given = Image.open(io.BytesIO(base64.b64decode(encoded[: 16 << 20])), formats=("PNG", "JPEG"))
        if given.width * given.height > MAX_PIXELS:
            return None
        size = given.size
        image = given.convert("RGBA" if "A" in given.getbands() or "transparency" in given.info else "RGB")
        image.thumbnail((WIDEST, WIDEST * 4))
        data, mime = encoded_as(image, "PNG"), "image/png"
        if len(data) > MAX_IMAGE:
            white = Image.new("RGB", image.size, "white")
            white.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
            data, mime = encoded_as(white, "JPEG"), "image/jpeg"
    except Exception:
        return None
    if not budget.take(len(data)):
        return None
    return {"kind": "image", "mime": mime, "width": size[0], "height": size[1], "data": base64.b64encode(data).decode()}


def encoded_as(image: Any, kind: str) -> bytes:
    """Only the pixels: no metadata of the original goes along."""
    into = io.BytesIO()
    image.info = {}
    image.save(into, kind)
    return into.getvalue()


class _Table(HTMLParser):
    """The texts of the first table: rows, each a list of cells, and how many of the first rows are its head."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.heads = self.left_out = 0
        self.depth = self.skip = 0
        self.in_head = self.done = self.in_cell = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("style", "script"):
            self.skip += 1
        elif tag == "table" and not self.done:
            self.depth += 1
        elif self.depth != 1 or self.done:
            return
        elif tag == "thead":
            self.in_head = True
        elif tag == "tr":
            if len(self.rows) < MAX_ROWS:
                self.rows.append([])
                self.heads += self.in_head
            else:
                self.left_out += 1
        elif tag in ("td", "th") and self.rows:
            self.in_cell = not self.left_out and len(self.rows[-1]) < MAX_COLUMNS
            if self.in_cell:
                self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self.skip = max(0, self.skip - 1)
        elif tag == "table" and self.depth:
            self.depth -= 1
            self.done = self.depth == 0
        elif tag == "thead":
            self.in_head = False
        elif tag in ("td", "th") and self.depth == 1:
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        if self.in_cell and not self.skip and not self.done:
            self.rows[-1][-1] = (self.rows[-1][-1] + data)[:MAX_WORDS]


def table_of(html: str, budget: Budget) -> dict[str, Any] | None:
    """The first table as texts; None where there is none, or where it would take too long."""
    if "<table" not in html or len(html) > MAX_HTML:
        return None
    parser = _Table()
    for start in range(0, len(html), PIECE):
        began = time.process_time()
        try:
            parser.feed(html[start : start + PIECE])
        except Exception:
            return None
        budget.tables_s -= time.process_time() - began
        if budget.tables_s < 0:
            return None
        if parser.done:
            break
    rows = [[" ".join(cell.split()) for cell in row] for row in parser.rows]
    if not any(any(row) for row in rows):
        return None
    return {"kind": "table", "head": rows[: parser.heads], "rows": rows[parser.heads :], "left_out": parser.left_out}


def listed(value: Any, kind: type = dict) -> list[Any]:
    return [item for item in value if isinstance(item, kind)] if isinstance(value, list) else []


def joined(value: Any) -> str:
    """A text, or the lines of one."""
    return "".join(item for item in value if isinstance(item, str)) if isinstance(value, list) else str(value or "")


if __name__ == "__main__":
    main()

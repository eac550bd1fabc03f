"""An executed notebook, however hostile, becomes plain parts that the site's strict reader takes."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest

from grader.submissions import executed
from tests.worker.makers import graded
from worker.slots import Slot


def parts(slot: Slot, *cells: str) -> executed.Executed:
    """The page's parts of a notebook of these cells, as a run leaves them."""
    kept = {item.name: item.content for item in graded(slot, *cells).artefacts}
    return executed.load(kept["notebook.json"])


CELL = {"kind": "code", "number": 1, "source": "", "cut": 0, "outputs": [], "left_out": 0}
SHOW = "from IPython.display import display\n"


def test_a_notebook_becomes_texts_tables_and_pictures(slot: Slot) -> None:
    cells = (
        "print('\\x1b[31mred\\x1b[0m <b>')",
        "import pandas as pd\npd.DataFrame({'a<b>': [1, 2]})",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "1 / 0",
    )

    shown = parts(slot, *cells)

    text, table, picture, error = (cell.outputs[-1] for cell in shown.cells)
    assert [cell.number for cell in shown.cells] == [1, 2, 3, 4]
    assert (text.kind, text.tail) == ("text", "\x1b[31mred\x1b[0m <b>\n")
    assert (table.kind, table.columns, table.rows) == ("table", (("", "a<b>"),), (("0", "1"), ("1", "2")))
    assert (picture.kind, picture.mime) == ("image", "image/png")
    assert (error.kind, "ZeroDivisionError" in error.tail) == ("error", True)
    assert shown.cells[3].failed


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<script>alert(1)</script>"},
        {"text/html": "<img src=x onerror=alert(1)>"},
        {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"},
        {"application/javascript": "alert(1)"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}},
        {"image/png": "bm90IGEgcGljdHVyZQ=="},
        {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n<script>alert(1)</script>").decode()},
        {"x<script>y\n": "1"},
    ],
    ids=lambda data: next(iter(data)).strip(),
)
def test_markup_scripts_and_what_is_no_picture_are_left_out(slot: Slot, data: dict[str, Any]) -> None:
    shown = parts(slot, f"{SHOW}display({data!r}, raw=True)")

    (output,) = shown.cells[0].outputs
    assert output.kind == "left_out"
    assert "alert" not in json.dumps([output.head, output.tail, output.data])


def test_a_table_brings_its_words_and_no_markup(slot: Slot) -> None:
    html = "<style>td {x}</style><table><tr><th>a</th><td onclick=alert(1)>b<script>alert(2)</script><b>c</b></td></tr></table>"

    (output,) = parts(slot, f"{SHOW}display({{'text/html': {html!r}}}, raw=True)").cells[0].outputs

    assert output.rows == (("a", "bc"),)


def test_a_picture_keeps_its_pixels_and_nothing_that_was_written_into_it(slot: Slot) -> None:
    draw = (
        "import base64, io\nfrom PIL import Image, PngImagePlugin\ninfo = PngImagePlugin.PngInfo()\n"
        "info.add_text('Comment', '<script>alert(1)</script>')\ninto = io.BytesIO()\n"
        "Image.new('RGB', (30, 20), 'red').save(into, 'PNG', pnginfo=info)\n"
        "display({'image/png': base64.b64encode(into.getvalue()).decode()}, raw=True)"
    )

    (output,) = parts(slot, SHOW + draw).cells[0].outputs

    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(output.data)))
    assert (picture.size, picture.convert("RGB").getpixel((3, 3)), picture.info) == ((30, 20), (255, 0, 0), {})


def test_a_progress_bar_of_many_pieces_is_one_output(slot: Slot) -> None:
    bar = "import time\nfor i in range(60):\n    print(f'\\r{i}/59', end='', flush=True)\n    time.sleep(0.005)\nprint()"

    (output,) = parts(slot, bar).cells[0].outputs

    assert output.tail == "59/59\n"


def test_of_a_huge_notebook_the_page_shows_a_part_and_counts_the_rest(slot: Slot) -> None:
    shown = parts(slot, *["pass"] * 420, "for i in range(3000): print('line', i)")

    assert (len(shown.cells), shown.left_out) == (400, 21)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"cells": [{}], "left_out": 0}',
        b'{"cells": [], "left_out": -1}',
        json.dumps({"cells": [{**CELL, "kind": "html"}], "left_out": 0}).encode(),
        b"[" * 100_000,
    ],
)
def test_what_is_not_of_the_shape_is_not_shown(content: bytes) -> None:
    with pytest.raises(executed.NotShown):
        executed.load(content)


@pytest.mark.parametrize(
    ("mime", "data"),
    [
        ("image/svg+xml", "PHN2Zz4="),
        ("image/png", 'iVBORw0KGgo" onerror="x'),
        ("image/png", "PHN2Zz4="),
        ("image/jpeg", "iVBORw0KGgo"),
    ],
)
def test_a_picture_is_known_by_its_first_bytes(mime: str, data: str) -> None:
    image = {"kind": "image", "mime": mime, "data": data, "width": 1, "height": 1}
    cell = {**CELL, "outputs": [image]}

    with pytest.raises(executed.NotShown):
        executed.load(json.dumps({"cells": [cell], "left_out": 0}).encode())

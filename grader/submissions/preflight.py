"""Is this a notebook that we can run? Asked of hostile bytes before anything else touches them, here and in the worker.

Pure: bytes in, cells out, no Django. Outputs, metadata and attachments are dropped on the way, so that nothing of them
reaches a kernel. The file is measured and its nesting counted before `json` sees it, since the parser recurses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.submissions.errors import Refused

LIMIT_MB = 10
DEPTH = 100
TOKENS = 1_000_000  # brackets and strings; a notebook of 10 MB has a quarter of it, and millions cost a parser seconds
# Possessive, and an unclosed string takes the rest: so each byte is looked at once, whatever the file holds.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
# By the beginning of the kernel's name, where the notebook names no language; `conda-env-x-r` is R by its end.
_OTHER_KERNELS = {
    "ir": "R",
    "xr": "R",
    "julia": "Julia",
    "javascript": "JavaScript",
    "jslab": "JavaScript",
    "tslab": "TypeScript",
    "bash": "Bash",
    "octave": "Octave",
    "xoctave": "Octave",
    "matlab": "MATLAB",
    "xcpp": "C++",
    "sos": "SoS",
    "scala": "Scala",
    "almond": "Scala",
    "spylon": "Scala",
    "ruby": "Ruby",
    "iruby": "Ruby",
    "rust": "Rust",
    "gophernotes": "Go",
    "stata": "Stata",
    ".net": "C#",
    "sagemath": "SageMath",
    "wolframlanguage": "Wolfram",
    "java": "Java",
}


@dataclass(frozen=True)
class Notebook:
    """The sources of the code cells in order, empty ones too, so that cell numbers are those the student counts.

    `texts` are the Markdown cells, each with the number of code cells before it: nobody runs them, whoever reads the executed
    notebook wants them.
    """

    cells: tuple[str, ...]
    texts: tuple[tuple[int, str], ...] = ()
    language: str = "python"


def preflight(raw: bytes) -> Notebook:
    """The notebook in `raw` (nbformat 3 or 4). Raises `Refused` with a code of the catalogue."""
    if len(raw) > LIMIT_MB * 2**20:
        raise Refused("preflight.too_large", {"size_mb": round(len(raw) / 2**20, 1), "limit_mb": LIMIT_MB})
    if not raw.strip():
        raise Refused("preflight.empty")
    document = _parse(raw)
    version = document.get("nbformat")
    if not isinstance(version, int) or isinstance(version, bool):
        raise Refused("preflight.not_notebook")
    if version not in (3, 4):
        raise Refused("preflight.old_format", {"version": version})
    everything = _cells(document, version)
    cells = [cell for cell in everything if cell.get("cell_type") == "code"]
    language = _language(document, cells)
    if not language.lower().startswith(("python", "ipython")):
        raise Refused("preflight.not_python", {"language": language[:40]})
    sources = tuple(_source(cell) for cell in cells)
    if not any(source.strip() for source in sources):
        raise Refused("preflight.empty")
    return Notebook(sources, tuple(_texts(everything)))


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What is no text at all (a zip, a picture) is told so; text in another encoding is told to save as UTF-8.
        raise Refused("preflight.encoding" if _looks_like_text(raw) else "preflight.not_json") from None
    if _depth(raw) > DEPTH:
        raise Refused("preflight.too_deep")
    try:
        # Of two equal keys the last counts, as it does for Jupyter; numbers too long for Python's parser are of no use here.
        document = json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 20 else 0)
    except (ValueError, RecursionError):
        raise Refused("preflight.not_json") from None
    if not isinstance(document, dict):
        raise Refused("preflight.not_notebook")
    return document


def _looks_like_text(raw: bytes) -> bool:
    """JSON in a legacy code page or UTF-16 begins with a brace; a zip or a picture doesn't."""
    return raw[:4].lstrip(b"\xff\xfe\x00\r\n\t ").startswith(b"{")


def _depth(raw: bytes) -> int:
    """How deep brackets nest, outside strings. After an unclosed string nothing counts; the parser will refuse it."""
    depth = deepest = 0
    for count, token in enumerate(_STRING_OR_BRACKET.finditer(raw)):
        if count > TOKENS:
            raise Refused("preflight.not_notebook")
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEPTH:
                break
        elif first in b"]}":
            depth -= 1
    return deepest


def _cells(document: dict[str, Any], version: int) -> list[dict[str, Any]]:
    if version == 3:
        sheets = document.get("worksheets")
        if not isinstance(sheets, list) or not all(isinstance(sheet, dict) for sheet in sheets):
            raise Refused("preflight.not_notebook")
        lists = [sheet.get("cells") for sheet in sheets]
    else:
        lists = [document.get("cells")]
    if not all(isinstance(cells, list) and all(cell is None or isinstance(cell, dict) for cell in cells) for cells in lists):
        raise Refused("preflight.not_notebook")
    return [cell for cells in lists if cells for cell in cells if cell]  # an interrupted editor leaves a null where a cell was


def _texts(cells: list[dict[str, Any]]) -> Iterator[tuple[int, str]]:
    before = 0
    for cell in cells:
        if cell.get("cell_type") == "code":
            before += 1
        elif cell.get("cell_type") == "markdown":
            yield before, _source(cell)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))  # nbformat 3 calls it "input"
    source = "" if source is None else source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Refused("preflight.not_notebook")
    return source.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate could not be written down later


def _language(document: dict[str, Any], cells: list[dict[str, Any]]) -> str:
    """What the notebook says it is written in; one that says nothing is taken for Python."""
    metadata = _mapping(document.get("metadata"))
    kernel = _mapping(metadata.get("kernelspec"))
    said = [
        _mapping(metadata.get("language_info")).get("name"),
        kernel.get("language"),
        *(cell.get("language") for cell in cells),
    ]
    for language in said:
        if isinstance(language, str) and language.strip():
            return language.strip()
    name = str(kernel.get("name") or "").lower()
    if name.startswith("conda-env-") and name.endswith("-r"):
        return "R"
    first = re.split(r"-|\d", name)[0]
    return _OTHER_KERNELS.get(first, "python")


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}

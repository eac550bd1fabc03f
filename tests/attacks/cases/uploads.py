"""Files that are handed in as a notebook: some are none, some are more than one."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

from tests.attacks.attack import Attack, Layer

SVG = '{"data": {"image/svg+xml": "' + "<x/>" * 2_300_000 + '"}}'
WIDGETS = '{"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"model_name": "x"}}}}}'
KERNEL = '{"name": "python3", "argv": ["/bin/sh", "-c", "id"], "language": "python", "env": {"X": "1"}}'
BASH = '{"name": "bash", "argv": ["sh", "-c", "id"], "language": "bash"}'
PAGE = "<script>alert(1)</script> $$\\\\input{/etc/passwd}$$ {{ 7*7 }} {% load x %}"
PICKLE = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."
NOT_JSON, NOT_NOTEBOOK, TOO_DEEP = "preflight.not_json", "preflight.not_notebook", "preflight.too_deep"


def attacks() -> list[Attack]:
    """Refused before anything runs, or run as the plain cells that are in it; the typed answer keeps its point."""
    return [*_none(), *_shapes(), *_odd(), *_sources()]


def _attack(name: str, raw: bytes | str, *ends: str, layer: Layer = "preflight", **other: Any) -> Attack:
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    return Attack(name, "uploads", layer, raw=data, ends=ends, **other)


def _cell(source: str = "result = 21", more: str = "") -> str:
    """A code cell as JSON text; `source` may hold JSON's own escapes."""
    return '{"cell_type": "code", "source": "' + source + '"' + more + "}"


def _notebook(*cells: str, more: str = "") -> str:
    return '{"nbformat": 4, "nbformat_minor": 5, "cells": [' + ",".join(cells or (_cell(),)) + f"]{more}}}"


def _zipped(size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notebook.ipynb", bytes(size))
    return file.getvalue()


def _none() -> list[Attack]:
    """No notebook at all."""
    return [
        _attack("A zip bomb is no notebook", _zipped(50 << 20), NOT_JSON),
        _attack("A gzip bomb is no notebook", gzip.compress(bytes(50 << 20)), NOT_JSON),
        _attack("An empty file is told so", b" \n", "preflight.empty"),
        _attack("A pickle is no notebook", PICKLE, NOT_JSON),
        _attack("A text in another encoding is told so", _notebook().encode("utf-16"), "preflight.encoding"),
        _attack("Nesting of two hundred thousand is counted before it is parsed", "[" * 200_000, TOO_DEEP, quick=True),
        _attack("Nesting that hides behind texts is counted too", _notebook('"\\"]]]]"' + ',{"a": ' * 500), TOO_DEEP),
        _attack("A million empty lists are no notebook", '{"cells": [' + "[]," * 1_000_000 + "[]]}", NOT_NOTEBOOK),
        _attack("Eleven megabytes are too large", _notebook(_cell("x" * (11 << 20))), "preflight.too_large"),
    ]


def _shapes() -> list[Attack]:
    """JSON, and no notebook that we can run."""
    other_language = _notebook(more=f', "metadata": {{"kernelspec": {BASH}}}')
    source_is_object = _notebook('{"cell_type": "code", "source": {"a": 1}}')
    return [
        _attack("Cells that are numbers are no notebook", _notebook("5", "null", "[1]"), NOT_NOTEBOOK),
        _attack("A source that is an object is no notebook", source_is_object, NOT_NOTEBOOK),
        _attack("A version of another kind is no notebook", '{"nbformat": true, "cells": []}', NOT_NOTEBOOK),
        _attack("A version from the future is told so", '{"nbformat": 99, "cells": []}', "preflight.old_format"),
        _attack("A notebook of another language runs nothing", other_language, "preflight.not_python"),
    ]


def _odd() -> list[Attack]:
    """Accepted, and nothing but the cells' text is looked at."""
    metadata = f', "metadata": {{"kernelspec": {KERNEL}, "execution": {{"timeout": 9999, "allow_errors": true}}}}'
    tagged = _cell("1/0", ', "metadata": {"tags": ["raises-exception"], "timeout": 9999}')
    halves = _notebook(_cell("x = '\\ud800\\u202e'"), _cell("y = 1\\u0000"))
    page = '{"cell_type": "markdown", "source": "' + PAGE + '"}'
    return [
        _attack(
            "A kernel's command, tags and time limits in the metadata start nothing",
            _notebook(tagged, _cell(), more=metadata),
            "run.error",
            quick=True,
        ),
        _attack("Of two lists of cells one counts", _notebook(_cell("1/0"), more=f', "cells": [{_cell()}]'), "run.ok"),
        _attack("Numbers that are none do no harm", _notebook(more=', "x": [NaN, Infinity, -Infinity, 1e999999]'), "run.ok"),
        _attack("A number of five million digits is not computed", _notebook(more=f', "x": {"9" * 5_000_000}'), "run.ok"),
        _attack("Outputs of nine megabytes are dropped", _notebook(_cell(more=f', "outputs": [{SVG}]')), "run.ok"),
        _attack("Widgets are dropped", _notebook(more=f', "metadata": {WIDGETS}'), "run.ok"),
        _attack("Halves of characters and zero bytes in a source do no harm", halves, "run.ok", "run.error"),
        _attack("Markdown with a program in it is kept as text", _notebook(page, _cell()), "run.ok"),
    ]


def _sources() -> list[Attack]:
    """Source that is hostile to whoever reads it as text."""
    ends = ("run.ok", "run.error", "run.died", "run.memory", "run.output", "run.timeout_cell")
    sources = {
        "A source of nine megabytes is data and is not parsed": "x = '" + "a" * (9 << 20) + "'",
        "A source nested five thousand deep stops its own cell at most": "x = " + "(" * 5000 + ")" * 5000,
        "A source that is one long sum stops its own cell at most": "x = " + "1+" * 100_000 + "1",
        "An integer of ten thousand digits in a source does no harm": "x = " + "9" * 4000 + "\ny = 0x" + "f" * 10_000,
    }
    found = [
        _attack(name, _notebook(_cell(json.dumps(source)[1:-1])), *ends, layer="zone C", within_s=25.0)
        for name, source in sources.items()
    ]
    many = _notebook(*(_cell(f"print({number})") for number in range(10_000)))
    most = ("run.timeout_run", "run.ok", "run.output")
    return [*found, _attack("Ten thousand cells share the whole time", many, *most, layer="clock", within_s=30.0)]

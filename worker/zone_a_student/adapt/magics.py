"""Magics of Colab, of Jupyter's widgets and of extensions that are not here: skipped, and the rest of the cell runs."""

from __future__ import annotations

import re
from typing import Any

from _grader_kit.adapt.notes import note

UNNEEDED = ("tensorflow_version", "tensorboard", "autosave", "config_tensorflow", "wandb", "colab", "load_ext_tensorboard")
WINDOWS = ("notebook", "widget", "ipympl", "nbagg", "qt", "qt5", "qt6", "tk", "gtk", "gtk3", "wx", "osx", "auto")
OTHER_LANGUAGES = ("R", "julia", "sql", "bigquery", "cython", "cu", "nvcc", "fortran", "octave")
SHELLS = ("bash", "sh", "shell")
_CELL_MAGIC = re.compile(r"%%(?P<name>\w+)(?P<rest>.*)")


def install(shell: Any) -> None:
    ordinary = shell.run_line_magic

    def run_line_magic(magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        if magic_name in ("pip", "conda", "mamba", "uv"):
            return shell.run_script(f"{magic_name} {line}")
        if magic_name == "matplotlib" and line.strip() in WINDOWS:
            note("note.inline", command=f"%matplotlib {line.strip()}")
            line = "inline"
        if magic_name in UNNEEDED or shell.find_line_magic(magic_name) is None:
            note("note.magic_skipped", command=f"%{magic_name} {line}".strip())
            return None
        if magic_name == "load_ext":
            return _load_ext(ordinary, line)
        return ordinary(magic_name, line, _stack_depth + 1)

    shell.run_line_magic = run_line_magic
    shell.input_transformers_cleanup.append(lambda lines: cell_magic(shell, lines))


def _load_ext(ordinary: Any, line: str) -> Any:
    try:
        return ordinary("load_ext", line)
    except ImportError:
        note("note.magic_skipped", command=f"%load_ext {line}")
        return None


def cell_magic(shell: Any, lines: list[str]) -> list[str]:
    """A cell under a magic that nobody here knows is a cell without it; a script of a shell goes through our own door."""
    found = _CELL_MAGIC.match(lines[0]) if lines else None
    if found is None:
        return lines
    name = found["name"]
    if name in SHELLS and not found["rest"].strip():
        return [f"get_ipython().run_script({''.join(lines[1:])!r})\n"]
    if shell.find_cell_magic(name) is not None:
        return lines
    note("note.magic_skipped", command=lines[0].strip())
    return ["\n"] if name in OTHER_LANGUAGES else ["\n", *lines[1:]]

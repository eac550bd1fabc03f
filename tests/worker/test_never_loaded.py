"""Formats that run code, or have a history of it, are read nowhere where a student's bytes could come."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [file for room in ("worker", "grader", "assignments/package") for file in sorted((ROOT / room).rglob("*.py"))]
NEVER = {
    "torch.load", "torch.export.load", "torch.jit.load", "torch.hub.load", "torch.package", "torch.jit.script",
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "h5py", "zipimport",
    "keras.models.load_model", "keras.saving.load_model", "keras.layers.TFSMLayer", "keras.config.enable_unsafe_deserialization",
    "load_model", "load_weights", "saved_model", "enable_unsafe_deserialization", "pandas.read_pickle", "read_pickle", "read_hdf",
    "yaml.load", "yaml.unsafe_load", "yaml.full_load",
}  # fmt: skip


def named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every dotted name that code uses or imports, with its line; texts and comments are no code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


def loads(source: str) -> list[tuple[int, str]]:
    return [
        (line, name)
        for line, name in named(ast.parse(source))
        if name in NEVER or name.split(".")[0] in NEVER or name.rpartition(".")[2] in NEVER
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_code_loads_a_format_that_can_run_code(file: Path) -> None:
    assert loads(file.read_text("utf-8")) == []


def test_numpys_files_are_read_without_pickles() -> None:
    calls = [
        (file.name, ast.unparse(node))
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load")
    ]

    assert [call for call in calls if "allow_pickle=False" not in call[1]] == []


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load('m.pt')", "from torch.export import load", "import pickle", "from pickle import loads",
        "keras.saving.load_model('m.keras')", "model.load_weights('m.h5')", "import h5py as h", "tf.saved_model.load('m')",
        "torch.jit.load(f)", "from keras.models import load_model",
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert loads(source)

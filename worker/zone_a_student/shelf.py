"""The models caught so far, of whichever framework: their files, their numbers and the room that they take."""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit import out

MAX_MODELS = 24
MAX_BYTES = 64 << 20
MAX_FACTS = 4 << 20


class Shelf:
    """Each model is a record with two files, `mNNN.json` and `mNNN.bin`; the oldest goes when there are too many."""

    def __init__(self, collector: Any) -> None:
        self.collector = collector
        self.kept: list[dict[str, Any]] = []  # {"id", "digest", "name", "cell", …}: what the .json says, and the digest
        self.count = 0

    def has(self, digest: str, name: str) -> bool:
        """Whether a model with these weights is there already; it is given a name if it had none."""
        for record in self.kept:
            if record["digest"] == digest:
                if name and not record["name"]:
                    record["name"] = name
                    self._write_facts(record)
                return True
        return False

    def put(self, digest: str, facts: dict[str, Any], arrays: bytes) -> None:
        """Keep a model: what `facts` say, and its arrays one after another."""
        record = {"id": f"m{self.count:03d}", "digest": digest, "cell": self.collector.cell, **facts}
        self.count += 1
        self._make_room()
        out.write(record["id"] + ".bin", arrays)
        self.kept.append(record)
        self._write_facts(record)

    def name_of(self, model: Any) -> str:
        """The variable that holds a model, or nothing."""
        for name, value in self.collector.shell.user_ns.items():
            if value is model and not name.startswith("_"):
                return str(name)
        return ""

    def find(self, kind: type) -> list[Any]:
        """The models of a framework that variables hold: themselves, or one level down in a list, tuple or dict."""
        variables = list(self.collector.shell.user_ns.items())
        return [model for name, value in variables if not name.startswith("_") for model in inside(value, kind)]

    def _write_facts(self, record: dict[str, Any]) -> None:
        text = json.dumps({key: value for key, value in record.items() if key != "digest"}).encode()
        if len(text) > MAX_FACTS:
            raise ValueError("the model's description is too large")
        out.write(record["id"] + ".json", text)

    def _make_room(self) -> None:
        while len(self.kept) >= MAX_MODELS:
            oldest = self.kept.pop(0)
            for ending in (".bin", ".json"):
                out.remove(oldest["id"] + ending)


def inside(value: Any, kind: type) -> list[Any]:
    """Models in a variable: itself, or one level down in a list, tuple or dict."""
    if isinstance(value, kind):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)) and len(value) <= 100:
        return [item for item in value if isinstance(item, kind)]
    return []


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls `then(module)` once a module has been imported, whoever imports it."""

    def __init__(self, name: str, then: Callable[[ModuleType], None]) -> None:
        self.name, self.then = name, then
        self.asking = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != self.name or self.asking:
            return None
        self.asking = True  # the other finders answer; a module may be looked for without being imported, so we stay
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.asking = False
        if spec is None or spec.loader is None:
            return spec
        ordinary = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            ordinary(module)
            try:
                self.then(module)
            except Exception:
                return

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

"""The models caught so far, of whichever framework: their files, their numbers and the room that they take."""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from _grader_kit import out

MAX_MODELS = 24
MAX_BYTES = 64 << 20
MAX_FACTS = 4 << 20


class Shelf:
    """Each model is a record with two files, `mNNN.json` and `mNNN.bin`; `pNNN` where only its predictions are taken.

    When there are too many, an object's older states go first, so that a net which was trained once is not lost to one that
    was trained in a loop. An object that is lost altogether is written down as missing.
    """

    def __init__(self, collector: Any, *, predict: bool = False) -> None:
        self.collector = collector
        self.predict = predict
        self.kept: list[dict[str, Any]] = []  # {"id", "digest", "name", "cell", …}: what the .json says, and the digest
        self.owners: dict[int, tuple[Any, int]] = {}  # id(model) -> a weak reference, and the object's number with us
        self.objects = 0
        self.lost: set[str] = set()  # digests of what was put away for lack of room; taking it again would only put away others

    def has(self, digest: str, name: str) -> bool:
        """Whether a model with these weights is there, or was; it is given a name if it had none."""
        for record in self.kept:
            if record["digest"] == digest:
                if name and not record["name"]:
                    record["name"] = name
                    self._write_facts(record)
                return True
        return digest in self.lost

    def put(self, model: Any, digest: str, facts: dict[str, Any], arrays: bytes) -> None:
        """Keep a state of a model: what `facts` say, and its arrays one after another."""
        self._make_room()
        used = {record["id"] for record in self.kept}
        letter = "p" if self.predict else "m"
        free = next(name for name in (f"{letter}{number:03d}" for number in range(MAX_MODELS)) if name not in used)
        record = {"id": free, "digest": digest, "owner": self._number_of(model), "cell": self.collector.cell, **facts}
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
        text = json.dumps({key: value for key, value in record.items() if key not in ("digest", "owner")}).encode()
        if len(text) > MAX_FACTS:
            raise ValueError("the model's description is too large")
        out.write(record["id"] + ".json", text)

    def _make_room(self) -> None:
        while len(self.kept) >= MAX_MODELS:
            owners = [record["owner"] for record in self.kept]
            gone = next((at for at, owner in enumerate(owners) if owner in owners[at + 1 :]), None)
            if gone is None:
                gone = 0
                self.lost.add(self.kept[0]["digest"])
                self.collector.miss(self.kept[0]["name"], "missing.too_many", model=True, limit=MAX_MODELS)
            oldest = self.kept.pop(gone)
            for ending in (".json", ".bin"):
                out.remove(oldest["id"] + ending)

    def _number_of(self, model: Any) -> int:
        """A number of an object's own: the memory of one that is gone may be another's by now, and so its `id`."""
        known = self.owners.get(id(model))
        if known is None or known[0]() is not model:
            self.objects += 1
            known = self.owners[id(model)] = weakref.ref(model), self.objects
        return known[1]


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

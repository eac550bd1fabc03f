"""Leaves inert evidence in /out while the student's notebook runs: models as plain data, values as plain JSON.

Theory of operation. After each cell, at the end of each `fit`, and for each printed or shown scalar, it writes down what
the checks may need; a model that the next cell overwrites is there already. Nothing it writes is believed: zone B
rebuilds a model from its configuration and arrays and measures that, and a value counts only where the inputs were ours.
Whoever patches this file's doings hands in other evidence, and is judged on that. It must never break a notebook: what
can't be taken is written down as missing, with a reason.

Files: `values.json` (records, swapped names, what is missing, what was adapted), `mNNN.json` and `mNNN.bin` for a model.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable
from typing import Any

from _grader_kit import keras_models, plain, predictions, reseed, shelf, swap, torch_models
from _grader_kit.adapt import everything, notes
from _grader_kit.out import write

MAX_RECORDS = 256


class Collector:
    """What one kernel has written down so far. `collect`: names, models, swaps, as the worker asked."""

    def __init__(self, shell: Any, collect: dict[str, Any]) -> None:
        self.shell = shell
        self.names = [name for name in collect["values"] if name not in ("_", "*")]
        self.last_shown = "_" in collect["values"]  # the cell's shown result, or the scalar that it printed last
        self.all_scalars = "*" in collect["values"]  # every other global of one number, of whatever type
        self.each_cell = collect["each_cell"]  # cells of the worker's own: what each left counts, changed or not
        self.cell = 0
        self.records: list[dict[str, Any]] = []
        self.missing: list[dict[str, Any]] = []
        self.swapped: list[str] = []
        self.seen: dict[str, dict[str, Any]] = {}
        self.printed: Any = None
        self.models: list[Any] = []
        if collect["reseed"]:
            reseed.install(collect["reseed"])
        if collect["predict"]:
            predictions.get_ready()
        if collect["models"]:
            caught = shelf.Shelf(self, predict=collect["predict"])
            self.models = [keras_models.KerasModels(caught), torch_models.TorchModels(caught)]

    def before_cell(self, info: Any) -> None:
        self.cell += 1
        self.printed = None
        if self.each_cell:
            self.seen.clear()

    def after_cell(self, result: Any) -> None:
        for name in self.names:
            if name in self.shell.user_ns:
                self.take(name, self.shell.user_ns[name])
        if self.all_scalars:
            for name, value in list(self.shell.user_ns.items()):
                if (
                    not name.startswith("_")
                    and (type(value) in (int, float) or hasattr(value, "dtype"))
                    and plain.is_scalar(value)
                ):
                    self.take(name, value)
        if self.last_shown:
            self.take_last_shown(getattr(result, "result", None))
        self.save()  # at once: catching models may take the time that the cell had left
        for framework in self.models:
            framework.after_cell()
        self.save()

    def take(self, name: str, value: Any) -> None:
        """Write a value down unless it is the same as before."""
        try:
            record = plain.record(value)
        except plain.NotPlain as problem:
            self.miss(name, problem.reason, **problem.values)
            return
        if self.seen.get(name) == record or len(self.records) >= MAX_RECORDS:
            return
        self.seen[name] = record
        self.records.append({"name": name, "cell": self.cell, **record})

    def take_last_shown(self, shown: Any) -> None:
        value = shown if plain.is_scalar(shown) else self.printed
        if value is not None:
            self.seen.pop("_", None)
            self.take("_", value)

    def miss(self, name: str, reason: str, /, *, model: bool = False, **values: Any) -> None:
        item = {"name": str(name)[:100], "reason": reason, "values": values, "model": model}
        if item not in self.missing and len(self.missing) < MAX_RECORDS:
            self.missing.append(item)

    def save(self) -> None:
        said = {"records": self.records, "missing": self.missing, "swapped": self.swapped, "adapted": notes.taken()}
        write("values.json", json.dumps(said).encode())


def install(shell: Any, collect: dict[str, Any]) -> None:
    """Start collecting in a fresh shell."""
    everything.install(shell)
    collector = Collector(shell, collect)
    shell.events.register("pre_run_cell", guarded(collector.before_cell))
    shell.events.register("post_run_cell", guarded(collector.after_cell))
    if collector.last_shown:
        note_prints(collector)
    if collect["swaps"]:
        swap.install(shell, collect["swaps"], collector)
    collector.save()


def guarded(step: Callable[[Any], None]) -> Callable[[Any], None]:
    """Our own trouble must not become the student's."""

    def run(argument: Any) -> None:
        try:
            step(argument)
        except Exception as problem:
            write("trouble.txt", repr(problem).encode()[:2000])

    return run


def note_prints(collector: Collector) -> None:
    ordinary = builtins.print

    def print(*values: Any, **options: Any) -> None:  # noqa: A001 - it stands in for the ordinary one
        for value in values:
            if plain.is_scalar(value):
                collector.printed = value
        ordinary(*values, **options)

    builtins.print = print

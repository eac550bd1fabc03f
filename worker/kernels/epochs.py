"""Numbers of each epoch out of what a notebook prints while it trains: Keras' progress lines, or a loop's `Epoch 3: loss 0.41`.

For the eyes only: whoever prints other numbers is shown other numbers, marked as the notebook's own. Runs beside the driver, in
its sandbox. A training begins where epochs begin to count anew, or in another cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

MAX_POINTS = 5000  # that are ever told, of one run
_EPOCH = re.compile(r"(?:\bepoch|\bэпоха|\bep\b)\s*[\[(#№:=]?\s*(\d{1,5})", re.IGNORECASE)
_STEPS = re.compile(r"^\s*(\d{1,7})/(\d{1,7})\b")
_BARE = re.compile(r"^\s*(\d{1,4})\s*[:)]\s*([01]?\.\d{2,}|[01])\s*$")  # `3: 0.8712`
_NUMBER = re.compile(
    r"(?P<name>[A-Za-zА-Яа-яё_.\- ]{0,30}?(?:loss|acc(?:uracy)?|потер[ьяи]|точность))\s*(?:[:=]|is|\s)\s*"
    r"(?P<value>[+-]?\d{1,12}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?)\s*(?P<percent>%?)",
    re.IGNORECASE,
)
_VALIDATION = ("val", "valid", "validation", "test", "вал", "тест", "валидация")


class Epochs:
    """Fed with lines; `changed` gives what is new as (training, cell, epoch, numbers)."""

    def __init__(self) -> None:
        self.cell = 0
        self.training = 0
        self.epoch: int | None = None  # whose numbers a line without an epoch of its own belongs to
        self.last = 0  # epoch that the current training told last
        self.steps: int | None = None
        self.numbers: dict[tuple[int, int], dict[str, float]] = {}  # by training and epoch, not told yet
        self.cells: dict[int, int] = {}
        self.told = 0

    def begin_cell(self, cell: int) -> None:
        self.cell, self.epoch, self.last, self.steps = cell, None, 0, None

    def read(self, line: str, *, whole: bool = True) -> None:
        """Look at a line without colours. One that isn't `whole` yet comes again."""
        line = line[:400]
        if bare := whole and _BARE.match(line):
            self._begin(int(bare[1]))
            self._take({"value": float(bare[2])})
            self.epoch = None
            return
        if found := _EPOCH.search(line):
            self._begin(int(found[1]))
        if self.epoch is not None and self._same_fit(line):
            self._take(numbers_of(line[found.end() :] if found else line))

    def changed(self) -> Iterator[tuple[int, int, int, dict[str, float]]]:
        while self.numbers and self.told < MAX_POINTS:
            (training, epoch), numbers = next(iter(self.numbers.items()))
            del self.numbers[training, epoch]
            self.told += 1
            yield training, self.cells[training], epoch, numbers

    def _begin(self, epoch: int) -> None:
        if epoch == self.epoch:
            return
        if epoch <= self.last or not self.last:
            self.training += 1
            self.cells[self.training] = self.cell
        self.epoch = self.last = epoch
        self.steps = None
        if epoch == 0:
            self.last = -1  # counted from zero: the next one is no new training

    def _same_fit(self, line: str) -> bool:
        """Whether a progress line is the epoch's own: what `evaluate` prints after it has other steps, or begins them anew."""
        found = _STEPS.match(line)
        if found is None:
            return True
        if self.steps is None:
            self.steps = int(found[2])
        ours = int(found[2]) == self.steps
        if not ours:
            self.epoch = None
        return ours

    def _take(self, numbers: dict[str, float]) -> None:
        if numbers and self.epoch is not None:
            self.numbers.setdefault((self.training, self.epoch), {}).update(numbers)


def numbers_of(line: str) -> dict[str, float]:
    """`loss`, `accuracy` and both of the validation part, as a line names them."""
    found: dict[str, float] = {}
    for match in _NUMBER.finditer(line):
        words = re.split(r"[^a-zа-яё]+", match["name"].lower())
        what = "loss" if words[-1].startswith(("loss", "потер")) else "accuracy"
        value = float(match["value"])
        if what == "accuracy" and (match["percent"] or 1 < value <= 100):
            value /= 100
        if math.isfinite(value) and abs(value) < 1e9:
            found[f"val_{what}" if any(word in _VALIDATION for word in words) else what] = value
    return found

"""One attack as plain data, and the reading of `cases/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

HERE = Path(__file__).parent
PACKAGES = {
    "light": HERE / "packages/light",
    "clothes": HERE / "packages/clothes",
    "data": HERE / "packages/data",
    "nets": HERE / "packages/nets",
    "sums": HERE.parent / "worker/sums",
}
Layer = Literal[
    "namespaces", "file view", "rights", "seccomp", "rlimits", "watcher", "tmpfs size", "driver", "intake", "zone B", "zone C",
    "clock", "preflight", "no secrets",
]  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """`name` is the sentence that is true when it holds.

    The notebook is `cells`, or the bytes `raw`. Cells may say @CANARY@ and the like for what lies on the host (`host.py`); a
    cell that reaches what it must not raises `Escaped`. `ends` are the run codes that are right, `score` the least and the
    most points, `untaken` files that intake must not take, `unsaid` texts that nothing a student sees may hold.
    `falls_with` names the weakenings (`weak.py`) under which it no longer holds.
    """

    name: str
    family: str
    layer: Layer
    cells: tuple[str, ...] = ()
    raw: bytes | None = None
    package: str = "light"
    ends: tuple[str, ...] = ("run.ok",)
    score: tuple[float, float] = (1.0, 1.0)
    untaken: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
    within_s: float = 15.0
    quick: bool = False
    falls_with: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.layer in get_args(Layer), f"{self.name}: {self.layer!r} is no layer"
        assert bool(self.cells) != (self.raw is not None), f"{self.name}: give cells or raw"


def all_attacks() -> list[Attack]:
    """Every case, by family."""
    from tests.attacks.cases import uploads

    found = [attack for file in sorted((HERE / "cases").glob("*.yaml")) for attack in _read(file)]
    found += uploads.attacks()
    names = [attack.name for attack in found]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    return found


def _read(file: Path) -> Iterator[Attack]:
    """A family's file: `prelude` stands before the first cell of each case, other keys beside `attacks` are defaults."""
    raw = yaml.safe_load(file.read_text("utf-8"))
    attacks, prelude = raw.pop("attacks"), raw.pop("prelude", "")
    common = (HERE / "cases/prelude.txt").read_text("utf-8")
    for item in attacks:
        given: dict[str, Any] = {"family": file.stem, **raw, **item}
        first, *rest = given["cells"]
        given["cells"] = (common + prelude + first, *rest)
        known = {field.name for field in fields(Attack)}
        assert set(given) <= known, f"{file.name}: {item['name']}: {set(given) - known}"
        whole: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        yield Attack(**whole)

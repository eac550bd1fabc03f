"""Writes docs/attacks.md: each attack, the layer that stops it, and what came of it on each engine at each level."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from tests.attacks.attack import all_attacks
from tests.attacks.weak import WEAKENINGS, to_try

FAMILIES = {
    "data": "Data sets and what is held out of them",
    "evidence": "What a sandbox leaves behind",
    "files": "Files of others",
    "forgery": "Points that were not earned",
    "memory": "Memory",
    "nets": "Models that lie or hurt",
    "network": "Anybody to talk to",
    "processes": "Processes and time",
    "protocol": "A kernel that says what it likes",
    "shown": "Outputs that aim at the page of the notebook",
    "syscalls": "System calls by number",
    "uploads": "Files that are no notebook",
}
_BY = {"full": "as root", "rootless": "as a plain user"}
_WORDS = {True: "held", False: "**not held**", None: "not tried"}
_HEAD = """# Attacks

What hostile notebooks were tried and what stopped each. Written by `./dev attacks --write-docs`, not by hand; the notebooks are
in `tests/attacks/cases/`, as plain data. What each layer is: [security](security.md).

Each attack is graded through the whole pipeline beside an honest notebook in another slot. *Held* means all of this: the run
ended as it should and earned no more than it should, within its time; nothing of it reached a socket, a file or a process of the
host that was put there to be reached; no process, temporary file, control group, mount, descriptor or thread was left; whatever
a student reads of it is short plain text; the honest notebook earned everything and left the very same evidence as ever.

"""
_FOOT = """
## That this list can fail

`tests/attacks/test_weak.py` takes one defence away at a time. Attacks on it must then succeed, and attacks on others must not:
"""
_NOT_TRIED = """
## Not tried here

The level *landlock*; a GPU's memory and its driver's calls (no GPU here); bugs of the kernel itself; the limits of cgroup
version 2 (this machine's are version 1). How much a table of public images or a model fitted to the public test set gains is
measured, not tried here (see [security](security.md)). Pages that show hostile text are tried in `tests/pages`.
"""


@dataclass(frozen=True)
class Came:
    """What came of an attack on one engine at one level of the sandbox."""

    attack: str
    engine: str
    level: str
    held: bool


def keep(file: Path, results: Sequence[Came]) -> None:
    """Add to a file of JSON lines."""
    with file.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(asdict(came), ensure_ascii=False) + "\n" for came in results)


def kept(file: Path) -> list[Came]:
    """Of each attack, engine and level the latest."""
    found = [Came(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]
    return list({(came.attack, came.engine, came.level): came for came in found}.values())


def write(file: Path, results: Sequence[Came]) -> None:
    """The whole page, from what is known of each attack that there is."""
    named = {attack.name: attack for attack in all_attacks()}
    known = {(came.attack, came.engine, came.level): came.held for came in results if came.attack in named}
    places = sorted({(engine, level) for _, engine, level in known}, key=lambda place: (place[1], place[0] != "warm"))
    text = _HEAD + "\n".join(_counted(known, engine, level) for engine, level in places) + "\n"
    titles = [f"{engine}, {_BY[level]}" for engine, level in places]
    attacks = sorted({name: named[name] for name, _, _ in known}.values(), key=lambda attack: attack.family)
    for family, some in groupby(attacks, key=lambda attack: attack.family):
        text += f"\n## {FAMILIES[family]}\n\n| attack | stopped by | {' | '.join(titles)} |\n|---|---|{'---|' * len(places)}\n"
        for attack in some:
            came = " | ".join(_WORDS[known.get((attack.name, *place))] for place in places)
            text += f"| {attack.name} | {attack.layer} | {came} |\n"
    file.write_text(text + _FOOT + _weakenings() + _NOT_TRIED, "utf-8")


def _counted(known: Mapping[tuple[str, str, str], bool], engine: str, level: str) -> str:
    here = [held for (_, *place), held in known.items() if place == [engine, level]]
    return f"- {engine} engine, {_BY[level]} (level *{level}*): **{len(here)} tried, {sum(here)} held.**"


def _weakenings() -> str:
    """Each weakening, where it is tried, and on how many attacks."""
    text = "\n| taken away | on | attacks that then succeed | attacks that hold |\n|---|---|---|---|\n"
    for name, weakening in WEAKENINGS.items():
        falls, stands = to_try(name)
        text += f"| {name} | {', '.join(weakening.engines)} | {len(falls)} | {len(stands)} |\n"
    return text

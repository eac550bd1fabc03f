"""Writes docs/attacks.md: each attack, the layer that stops it, and what came of it on each engine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from tests.attacks.arena import Result
from tests.attacks.attack import Attack
from tests.attacks.weak import WEAKENINGS

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
    "syscalls": "System calls by number",
    "uploads": "Files that are no notebook",
}
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

`tests/attacks/test_weak.py` takes one defence away at a time and tries some of the attacks on it, which must succeed, and
some on others, which must not. All that succeed without it:
"""
_NOT_TRIED = """
## Not tried here

A GPU's memory and its driver's calls (no GPU here); bugs of the kernel itself; the limits of cgroup version 2 (this machine's
are version 1). How much a table of public images or a model fitted to the public test set gains is measured, not tried here (see
[security](security.md)). Pages that show hostile text are tried in `tests/pages`.
"""


def write(file: Path, results: Sequence[Result]) -> None:
    """The whole page, from the results of one run of everything."""
    engines = list(dict.fromkeys(result.engine for result in results))
    word = {(r.attack.name, r.engine): "held" if r.held else "**not held**" for r in results}
    attacks = sorted({result.attack.name: result.attack for result in results}.values(), key=lambda attack: attack.family)
    text = _HEAD + f"**{len(results)} tried ({len(attacks)} on {' and '.join(engines)}), "
    text += f"{sum(result.held for result in results)} held.**\n"
    for family, some in groupby(attacks, key=lambda attack: attack.family):
        text += f"\n## {FAMILIES[family]}\n\n| attack | stopped by | {' | '.join(engines)} |\n|---|---|{'---|' * len(engines)}\n"
        for attack in some:
            came = " | ".join(word.get((attack.name, engine), "–") for engine in engines)
            text += f"| {attack.name} | {attack.layer} | {came} |\n"
    file.write_text(text + _FOOT + _weakenings(attacks) + _NOT_TRIED, "utf-8")


def _weakenings(attacks: Sequence[Attack]) -> str:
    """Each weakening and how many attacks it lets through."""
    lines = (f"| {name} | {sum(name in attack.falls_with for attack in attacks)} |\n" for name in WEAKENINGS)
    return "\n| taken away | attacks that then succeed |\n|---|---|\n" + "".join(lines)

"""Reproductions that an assignment ships in `proofs/`: small programs whose runs show that a key holds.

A program takes `--seeds N` and prints one JSON object a line:

    {"claim": "3 neurons reach a loss below 0.1", "seed": 7, "holds": true, "value": 0.04, "at_least": 0.6}

`claim` is one sentence, the same for all seeds; `value` may be left out; `at_least` is the rate at which it must hold (none:
told only). A line `seeds: 200` in the program's text says how many it wants. What it printed is kept by the digest of its text.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.catalogue import say
from grader.catalogue.values import Shown, told
from worker.course_check.figures import wilson
from worker.course_check.keep import Kept
from worker.course_check.run import Say

_SEEDS = 100
_LONGEST_S = 3600


@dataclass(frozen=True)
class Claim:
    """What one program shows of one sentence."""

    program: str
    sentence: str
    held: int
    runs: int
    values: tuple[float, ...]
    at_least: float | None

    @property
    def good(self) -> bool:
        return self.at_least is None or (self.runs > 0 and self.held / self.runs >= self.at_least)

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.held, self.runs)


class ProofBroke(Exception):
    """A program that did not do what a reproduction does, and how."""

    def __init__(self, code: str, /, **values: Shown) -> None:
        self.told = told(code, **values)
        super().__init__(say(self.told, "en"))


def claims(folder: Path, kept: Kept, say: Say) -> list[Claim]:
    """Run the programs of an assignment's folder, those that changed.

    Raises:
        ProofBroke: one stopped with an error, or printed something else.
    """
    found: list[Claim] = []
    for program in sorted((folder / "proofs").glob("*.py")):
        text = program.read_text("utf-8")
        key = f"proof-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
        printed = kept.text(key)
        if printed is None:
            say(f"{folder.name} {program.name}: running")
            printed = _printed(program, _seeds(text))
            kept.put_text(key, printed)
        found += _claims(f"{folder.name}/proofs/{program.name}", printed)
    return found


def _seeds(text: str) -> int:
    wanted = re.search(r"^\s*#?\s*seeds: (\d+)", text, re.M)
    return int(wanted[1]) if wanted else _SEEDS


def _printed(program: Path, seeds: int) -> str:
    """What the program says; it runs as we do, since it is the teacher's own."""
    argv = [sys.executable, str(program.resolve()), "--seeds", str(seeds)]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=_LONGEST_S)
    if done.returncode:
        raise ProofBroke("proof.broke", program=program.name, ended=done.returncode, said=done.stderr.strip()[-250:])
    return done.stdout


def _claims(name: str, printed: str) -> list[Claim]:
    by_sentence: dict[str, list[dict[str, Any]]] = {}
    try:
        for line in printed.splitlines():
            if line.startswith("{"):
                said = json.loads(line)
                by_sentence.setdefault(str(said["claim"]), []).append({**said, "holds": bool(said["holds"])})
    except (ValueError, KeyError) as problem:
        raise ProofBroke("proof.no_claim", program=name, trouble=str(problem)) from problem
    if not by_sentence:
        raise ProofBroke("proof.claimless", program=name)
    return [
        Claim(
            name,
            sentence,
            sum(one["holds"] for one in said),
            len(said),
            tuple(float(one["value"]) for one in said if isinstance(one.get("value"), (int, float))),
            next((float(one["at_least"]) for one in said if one.get("at_least") is not None), None),
        )
        for sentence, said in by_sentence.items()
    ]

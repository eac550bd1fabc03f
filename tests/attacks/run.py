"""`./dev attacks`: tries every attack on every engine and says which held.

The page in docs is made of several runs, as root and as a plain user: each with `--results FILE`, the last with `--write-docs`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from tests.attacks import docs
from tests.attacks.arena import EngineName, Result, arena
from tests.attacks.attack import Attack, all_attacks

DOCS = Path(__file__).resolve().parents[2] / "docs/attacks.md"


def main(argv: Sequence[str]) -> int:
    given = _arguments(argv)
    chosen = [attack for attack in all_attacks() if given.only.lower() in f"{attack.family}: {attack.name}".lower()]
    if given.quick:
        chosen = [attack for attack in chosen if attack.quick]
    began = time.monotonic()
    results = [result for engine in given.engine or get_args(EngineName) for result in tried(chosen, engine)]
    held = sum(result.held for result in results)
    known = [docs.Came(result.attack.name, result.engine, result.level, result.held) for result in results]
    if given.results:
        docs.keep(given.results, known)
        known = docs.kept(given.results)
    if given.write_docs:
        docs.write(DOCS, known)
        print(f"Wrote {DOCS.name}.", file=sys.stderr)
    for result in results:
        for complaint in result.complaints:
            print(f"NOT HELD ({result.engine}): {result.attack.name}: {complaint}")
    print(f"{len(chosen)} attacks, {time.monotonic() - began:.0f} s. {len(results)} tried, {held} held.")
    return 0 if held == len(results) else 1


def tried(attacks: Sequence[Attack], engine: EngineName) -> list[Result]:
    """Each attack in turn, printed as it ends."""
    results: list[Result] = []
    if not attacks:
        return results
    with arena(engine) as place:
        print(f"\n{'result':7} {'ms':>6}  {'layer':11} {'ended':18} {'family':10} attack   [{engine}, {place.engine.level}]")
        for attack in attacks:
            result = place.try_(attack)
            results.append(result)
            word = "held" if result.held else "FAILED"
            print(f"{word:7} {result.ms:6}  {attack.layer:11} {result.ended:18} {attack.family:10} {attack.name}", flush=True)
    return results


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev attacks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", action="append", choices=get_args(EngineName), help="one engine instead of all")
    parser.add_argument("--only", default="", metavar="TEXT", help="attacks with this in their family or name")
    parser.add_argument("--quick", action="store_true", help="the few that the tests run")
    parser.add_argument("--results", type=Path, metavar="FILE", help="keep what came of each there, beside what is there already")
    parser.add_argument("--write-docs", action="store_true", help="write docs/attacks.md from these results")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

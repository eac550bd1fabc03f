"""Writes docs/reference/model-styles.md: `python -m tests.worker.styles.table`. Times are of the machine that runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from tests.worker.styles.collected import ROOT, styles

PAGE = ROOT / "docs/reference/model-styles.md"
HEAD = """# Model styles and what becomes of them

Made by `python -m tests.worker.styles.table`; `tests/worker/styles` holds each style as a cell of a notebook and tests it.

*Inert*: the model is taken as plain data and rebuilt in zone B. On 100 fresh inputs, in other batches than it was traced with,
its outputs were those of the original (to 1e-5; to 1e-2 where weights have 16 bits), and its parameter count was the
framework's own. *Refused*: the student is told why, and the checks of a model go to the teacher.

Taken: milliseconds at the end of the cell. Rebuilt: in zone B, before predictions. Both in a process that has the libraries
already, as a warm sandbox has.
"""
COLUMNS = "| style | outcome | parameters | taken, ms | rebuilt, ms |\n| --- | --- | --- | --- | --- |\n"


def said(outcome: str) -> str:
    return "inert" if outcome == "inert" else f"refused: `{outcome}`"


def rows_of(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ") and not line.startswith(("| style", "| ---"))]


def measured(framework: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.worker.styles.collected", framework]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    text = HEAD
    for framework in ("keras", "torch"):
        titles = {style.name: style.title for style in styles(framework)}
        text += f"\n## {framework.capitalize()}\n\n{COLUMNS}"
        for one in measured(framework):
            inert = one["outcome"] == "inert"
            count, rebuilt = (f"{one['counted'][0]:,}", f"{one['probe_ms']:.0f}") if inert else ("", "")
            text += f"| {titles[one['name']]} | {said(one['outcome'])} | {count} | {one['collect_ms']:.0f} | {rebuilt} |\n"
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(rows_of(text))} styles")


if __name__ == "__main__":
    main()

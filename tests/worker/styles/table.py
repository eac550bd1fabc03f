"""Writes docs/reference/model-styles.md: `python -m tests.worker.styles.table`. Times are of the machine that runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from grader import catalogue
from grader.checks.values import Scalar
from tests.worker.styles.collected import ROOT, styles

PAGE = ROOT / "docs/reference/model-styles.md"
HEAD = """# Model styles and what becomes of them

Made by `python -m tests.worker.styles.table`; `tests/worker/styles` holds each style as a cell of a notebook and tests it.

*Inert*: the model is taken as plain data and rebuilt in zone B. On 100 fresh inputs, in other batches than it was traced with,
its outputs were those of the original (to 1e-5; to 1e-2 where weights have 16 bits), and its parameter count was the
framework's own. *Asked*: it can't be taken as plain data, so the notebook runs once more and the model is
asked there what it predicts ([why](../decisions/0007-a-model-that-can-not-be-taken-is-asked.md)); the classes were those of the
original. Its accuracy counts; a check of how it is built goes to the teacher. *Refused*: all checks of the model go to the
teacher. In both cases the student reads why, by the code named here: [what a student reads](#what-a-student-reads).

Taken: milliseconds at the end of the cell. Rebuilt: in zone B, before predictions; *asked*: for 1,200 images. All in a process
that has the libraries already, as a warm sandbox has.
"""
VALUES: dict[str, Scalar] = {"name": "model", "layer": "Lambda", "reason": "…", "limit": 24}
COLUMNS = "| style | outcome | parameters | taken, ms | rebuilt or asked, ms |\n| --- | --- | --- | --- | --- |\n"


def said(outcome: str) -> str:
    if outcome == "inert":
        return outcome
    return f"asked: `{outcome.removeprefix('asked ')}`" if outcome.startswith("asked ") else f"refused: `{outcome}`"


def rows_of(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ") and not line.startswith(("| style", "| ---"))]


def measured(framework: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.worker.styles.collected", framework]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_words() -> str:
    """Every sentence about a model that was not taken, in both languages, as the result page has it."""
    codes = [code for code in sorted(catalogue.codes("en")) if code.startswith(("missing.", "model.", "note.fallback"))]
    lines = [
        f"- `{code}`\n    - en: {catalogue.render(code, VALUES, 'en')}\n    - ru: {catalogue.render(code, VALUES, 'ru')}\n"
        for code in codes
    ]
    return "\n## What a student reads\n\n" + "".join(lines)


def main() -> None:
    text = HEAD
    for framework in ("keras", "torch"):
        titles = {style.name: style.title for style in styles(framework)}
        text += f"\n## {framework.capitalize()}\n\n{COLUMNS}"
        for one in measured(framework):
            inert = one["outcome"] == "inert"
            count, rebuilt = (f"{one['counted'][0]:,}", f"{one['probe_ms']:.0f}") if inert else ("", "")
            rebuilt = f"{one['asked_ms']:.0f}" if one["outcome"].startswith("asked") else rebuilt
            text += f"| {titles[one['name']]} | {said(one['outcome'])} | {count} | {one['collect_ms']:.0f} | {rebuilt} |\n"
    PAGE.write_text(text + in_words(), "utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(rows_of(text))} styles")


if __name__ == "__main__":
    main()

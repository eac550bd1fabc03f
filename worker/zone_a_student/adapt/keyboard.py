"""`input()` and `getpass()`: nobody is at the keyboard, so the answer is an empty line."""

from __future__ import annotations

from typing import Any

from _grader_kit.adapt.notes import note


def install(shell: Any) -> None:
    def answer(prompt: object = "", *_: object, **__: object) -> str:
        print(prompt)
        note("note.no_input")
        return ""

    shell.kernel.raw_input = shell.kernel.getpass = answer  # the kernel makes them `input` and `getpass` for each cell

"""`exit()`, `quit()` and `sys.exit()` end their cell, and neither the kernel nor the run: the cells after it are graded too."""

from __future__ import annotations

from typing import Any

from _grader_kit.adapt.notes import note


def install(shell: Any) -> None:
    from IPython.core.autocall import IPyAutocall

    class Leave(IPyAutocall):
        """`exit`, with or without brackets."""

        rewrite = False

        def __call__(self, *_: object, **__: object) -> None:
            raise SystemExit

    ordinary_code, ordinary_traceback = shell.run_code, shell.showtraceback
    cell = [0]

    async def run_code(code: Any, result: Any = None, *, async_: bool = False) -> bool:
        import warnings

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="To exit: use")
            stopped: bool = await ordinary_code(code, result, async_=async_)
        if result is not None and isinstance(result.error_in_exec, SystemExit):
            said = result.error_in_exec.code
            result.error_in_exec = None
            note("note.exit", cell=cell[0])
            if isinstance(said, str):
                print(said)
        return stopped  # True keeps the rest of this cell from running

    def showtraceback(exc_tuple: Any = None, *args: Any, **options: Any) -> None:
        import sys

        if issubclass((exc_tuple or sys.exc_info())[0] or Exception, SystemExit):
            return
        ordinary_traceback(exc_tuple, *args, **options)

    def count(_: Any) -> None:
        cell[0] += 1

    shell.run_code, shell.showtraceback = run_code, showtraceback
    shell.events.register("pre_run_cell", count)
    leave = Leave()
    shell.user_ns["exit"] = shell.user_ns["quit"] = leave
    shell.user_ns_hidden.update({"exit": leave, "quit": leave})

"""What a person sees while we work: one line a step, with what it is doing and for how long. All of it goes to stderr."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

_FRAMES = "|/-\\"
_QUIET_S = 15.0  # without a terminal, a long step says that it still lives this often


def line(text: str = "") -> None:
    """One line to stderr, at once."""
    print(text, file=sys.stderr, flush=True)


class Trouble(Exception):
    """A sentence for the person at the keyboard: what is wrong, where, what to do next. Ends the command with exit 1."""


class Step:
    """A thing that takes a while. `with Step("Making .venv") as step:` and `step.tick("what now")` in its loops.

    On a terminal it is one line with a spinner and seconds; elsewhere a line at the start, now and then, and at the end.
    """

    def __init__(self, label: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.label = label
        self._clock = clock
        self._begun = clock()
        self._said = self._begun
        self._detail = ""
        self._outcome = "ok"
        self._live = sys.stderr.isatty()

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._begun

    def __enter__(self) -> Step:
        self.tick()
        return self

    def tick(self, detail: str | None = None) -> None:
        """Show that the step still moves; `detail` says at what it is."""
        if detail is not None:
            self._detail = detail
        if self._live:
            frame = _FRAMES[int(self.elapsed_s * 8) % len(_FRAMES)]
            text = f"{frame} {self.label}  {self.elapsed_s:.0f} s  {self._detail}"
            sys.stderr.write("\r\033[K" + text[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()
        elif self._clock() - self._said >= _QUIET_S:
            self._said = self._clock()
            line(f"  … {self.label}: {self.elapsed_s:.0f} s  {self._detail[:90]}")

    def without(self, outcome: str) -> None:
        """The step ends without what it was for, and that is no error: there is another way."""
        self._outcome = outcome

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        clear = "\r\033[K" if self._live else ""
        end = self._outcome if kind is None else "failed"
        sys.stderr.write(f"{clear}{self.label}: {end}, {self.elapsed_s:.1f} s\n")
        sys.stderr.flush()


def run(label: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run `argv` as a step that shows its latest line of output; raise `Trouble` with the output's tail if it fails."""
    with Step(label) as step:
        code, tail = watch(argv, step, env=env, cwd=cwd)
        if code != 0:
            raise Trouble(f"`{' '.join(argv)}` ended with {code}:\n" + "\n".join(tail))


def watch(
    argv: Sequence[str], step: Step, *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> tuple[int, list[str]]:
    """Run `argv`, ticking `step` with each line it prints. Returns its exit code and the last 30 lines."""
    child = subprocess.Popen(
        list(argv), env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert child.stdout is not None
    tail: list[str] = []
    rest = b""
    with selectors.DefaultSelector() as ready, child.stdout as pipe:
        ready.register(pipe, selectors.EVENT_READ)
        while True:
            if not ready.select(timeout=0.2):
                step.tick()
                continue
            chunk = os.read(pipe.fileno(), 65536)
            if not chunk:
                break
            *lines, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
            tail = (tail + [text for raw in lines if (text := raw.decode(errors="replace").strip())])[-30:]
            step.tick(tail[-1] if tail else "")
    return child.wait(), tail

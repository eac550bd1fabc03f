"""`./dev test`: all tests, in lanes that run side by side. With arguments it is one plain pytest that takes them.

A lane is a pytest of its own, with servers, home and temporary folder of its own (tests/plugins/servers.py), so two lanes share
nothing but the machine; there, slots take uids that no other slot has. The last lane takes what no other names, so that a new
folder of tests is in it. A lane's progress is shown as it comes, behind its name; its failures in one piece when it ends.
Everything passed only if each lane says so: pytest's own exit code is not 0 where a test failed or none was found.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from local.paths import PYTHON, ROOT
from local.process.guard import Guard
from local.process.spawn import spawn

_TICK_S = 0.2
_UNWIND_S = 30.0  # what pytest has to stop its servers and a browser
_HEADING = re.compile(r"=+ .+ =+$")


@dataclass(frozen=True)
class Lane:
    """`takes` are folders of tests; the last lane's may hold those of the others, which it leaves out."""

    name: str
    takes: tuple[str, ...]


# What trains and tries in sandboxes sits mostly on its slot's processor; beside it goes what serves pages and asks databases.
LANES = (Lane("grading", ("tests/golden", "tests/worker", "tests/attacks")), Lane("rest", ("tests",)))


@dataclass
class _Running:
    lane: Lane
    process: subprocess.Popen[bytes]
    log: Path
    begun: float = field(default_factory=time.monotonic)
    read: int = 0
    kept: list[str] = field(default_factory=list)  # from the first heading after "test session starts" on
    took_s: float = 0.0

    def said(self) -> Iterator[str]:
        """Whole lines that came since the last call, as long as they are progress; what follows is kept."""
        with self.log.open("rb") as file:
            file.seek(self.read)
            whole, newline, _ = file.read().rpartition(b"\n")
        self.read += len(whole) + len(newline)
        for text in whole.decode(errors="replace").splitlines():
            if self.kept or (_HEADING.match(text) and "test session starts" not in text):
                self.kept.append(text)
            else:
                yield text


class _Asked:
    """Ctrl-C, TERM and HUP are kept for the loop to see; each lane has a session of its own and hears of them by us."""

    def __init__(self) -> None:
        self.number = 0
        self.times = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            deaf = number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN  # nohup; the tests must not inherit it
            signal.signal(number, _ignore if deaf else self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.number, self.times = number, self.times + 1


def _ignore(number: int, frame: FrameType | None) -> None:
    """Unlike SIG_IGN this is no inheritance: a program that we start takes the signal as ever."""


def main(argv: Sequence[str]) -> int:
    if argv:
        os.execv(PYTHON, [str(PYTHON), "-m", "pytest", *argv])
    return run(ROOT, LANES)


def run(root: Path, lanes: Sequence[Lane]) -> int:
    """The tests of `root` in these lanes. Returns 0 if all passed, 1 if not, 128 and the signal's number if asked to stop."""
    guard = Guard()  # ends the lanes' whole sessions should we be killed
    asked = _Asked()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hwg-lanes-") as folder:
        guard.remove_at_end(Path(folder))
        running = [_start(root, lane, lanes, Path(folder), guard) for lane in lanes]
        _watch(running, asked)
        _unwind(running, asked)
        for one in running:
            _end(one, guard)
    guard.dismiss()
    return _sum_up(running, time.monotonic() - begun, asked.number)


def _start(root: Path, lane: Lane, lanes: Sequence[Lane], folder: Path, guard: Guard) -> _Running:
    others = [path for other in lanes if other is not lane for path in other.takes if path not in lane.takes]
    inside = [path for path in others if any(Path(path).is_relative_to(taken) for taken in lane.takes)]
    argv = [str(PYTHON), "-m", "pytest", *lane.takes, *(f"--ignore={path}" for path in inside)]
    log = folder / f"{lane.name}.log"
    log.touch()
    process = spawn(argv, env=dict(os.environ), log=log, cwd=root)
    guard.started(process.pid)
    return _Running(lane, process, log)


def _watch(running: Sequence[_Running], asked: _Asked) -> None:
    """Show what the lanes say until all have ended, or until somebody wants them to."""
    while not asked.times:
        going = [one for one in running if not one.took_s]
        if not going:
            return
        for one in going:
            ended = one.process.poll() is not None  # asked before reading, so that its last words are read
            _show(one)
            if ended:
                one.took_s = time.monotonic() - one.begun
                print("\n".join(["", f"{one.lane.name}: ended", *one.kept]), flush=True)
        time.sleep(_TICK_S)


def _show(one: _Running) -> None:
    for text in one.said():
        print(f"{one.lane.name:8} | {text}", flush=True)


def _unwind(running: Sequence[_Running], asked: _Asked) -> None:
    """Let lanes that go on end as at a Ctrl-C of their own, all at once. A second signal shortens the wait."""
    for one in running:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _UNWIND_S
    while any(one.process.poll() is None for one in running) and time.monotonic() < deadline and asked.times < 2:
        time.sleep(0.05)


def _end(one: _Running, guard: Guard) -> None:
    """End what is left of a lane's session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(one.process.pid, signal.SIGKILL)
    one.process.wait()
    guard.ended(one.process.pid)


def _sum_up(running: Sequence[_Running], took_s: float, signal_number: int) -> int:
    print()
    for one in running:
        last = next((text.strip("= ") for text in reversed(one.kept) if _HEADING.match(text)), "no word of it")
        print(f"{one.lane.name:8} exit {one.process.returncode}: {last}")
    if signal_number:
        print(f"Stopped by {signal.Signals(signal_number).name} after {took_s:.0f} s.")
        return 128 + signal_number
    for text in (text for one in running for text in one.kept if text.startswith(("FAILED ", "ERROR "))):
        print(text)
    failed = [one.lane.name for one in running if one.process.returncode != 0]
    print(f"Not passed: {', '.join(failed)}; {took_s:.0f} s." if failed else f"Everything passed, {took_s:.0f} s.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the supervisor needs to know of a process: how to start it, when it is ready, how it wants to be stopped."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.process.spawn import Account

Stop = tuple[tuple[signal.Signals, float], ...]  # a signal, and how many seconds it has before the next one

TERM: Stop = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True)
class Service:
    """A long-lived process. `ready` is asked again and again until it says yes; it must connect, not guess."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    ready: Callable[[], bool] = field(default=lambda: True)
    ready_within_s: float = 60.0
    stop: Stop = TERM
    restart: bool = False  # False: when it ends, everything ends (databases)
    account: Account | None = None
    death_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True)
class OneShot:
    """A command that must end well before the next thing starts, such as `migrate`."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    within_s: float = 300.0

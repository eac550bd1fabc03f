"""The real dispatcher in processes of its own (Celery workers of the queue `webhooks`, and beat), killed as chance has it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from local.paths import PYTHON, ROOT
from local.process.spawn import spawn

WORKERS = 2
STOCK = "grader.queue"


class Dispatcher:
    """`app` is whose Celery app runs: ours, or a weakened one's."""

    def __init__(self, env: Mapping[str, str], place: Path, seed: int, *, app: str = STOCK) -> None:
        self._env, self._place, self._app, self._seed = dict(env), place, app, seed
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._peace, self._over = threading.Event(), threading.Event()
        self._killers: list[threading.Thread] = []
        self.kills = 0

    def start(self) -> None:
        for name in self._names():
            self._start(name)

    def kill_at_random(self) -> None:
        """From now on each process is killed again and again, a random while after its start."""
        self._killers = [threading.Thread(target=self._kill_again, args=(name,), daemon=True) for name in self._names()]
        for killer in self._killers:
            killer.start()

    def let_live(self) -> None:
        """No more kills; what is dead is started again."""
        self._peace.set()

    def end(self) -> None:
        self._peace.set()
        self._over.set()
        for killer in self._killers:
            killer.join()
        for name in list(self._running):
            self._kill(name)

    def _names(self) -> list[str]:
        return [*(f"webhooks{number}" for number in range(WORKERS)), "beat"]

    def _start(self, name: str) -> None:
        celery = [str(PYTHON), "-m", "celery", "-A", self._app]
        worker = [
            "worker",
            "-n",
            f"{name}@%h",
            "-Q",
            "webhooks",
            "-c",
            "6",
            "-P",
            "threads",
            "--without-gossip",
            "--without-mingle",
        ]
        beat = ["beat", "-s", str(self._place / "beat.db"), "--pidfile="]
        argv = [*celery, *(beat if name == "beat" else worker), "-l", "WARNING"]
        self._running[name] = spawn(argv, env=self._env, log=self._place / f"{name}.log", cwd=ROOT)

    def _kill(self, name: str) -> None:
        process = self._running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def _kill_again(self, name: str) -> None:
        chance = random.Random(f"{self._seed}:{name}")
        # A start takes seconds, in which a kill hits nothing: mostly the process is let come to its work.
        while not self._peace.wait(chance.uniform(4, 14)):
            self._kill(name)
            self.kills += 1
            time.sleep(chance.uniform(0, 1))
            self._start(name)
        self._over.wait()  # what a thread has started dies with the thread

"""`warm_worker`: an engine that has been warm for long, for tests that grade and ask nothing of how a sandbox is made.

A fork of a zygote costs a fraction of a cold start and keeps the same promises (tests/worker/engines/promises.py); a run's
verdict is the same (docs/reference/same-verdicts.md). One a session, and each runtime from the first test on that needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from worker.config import WorkerConfig, from_settings
from worker.engines import engine_for
from worker.engines.base import Runtime
from worker.engines.warm import WarmEngine, wait_until_warm


class WarmWorker:
    """A worker's home, and its engine, which stays."""

    def __init__(self, home: Path) -> None:
        slots = os.cpu_count() or 1  # a processor and a thread each: two threads wait for each other where others work too
        self.config = replace(from_settings(), home=home, engine="warm", cpu_slots=slots)
        self.engine: WarmEngine | None = None

    def ready(self, *runtimes: Runtime) -> WorkerConfig:
        """Its settings, once these runtimes are warm. `engine_for` keeps only the engines of late; an older one ends here."""
        engine = engine_for(self.config)
        assert isinstance(engine, WarmEngine)
        if self.engine is not engine:
            self.close()
            self.engine = engine
        engine.warm_up(runtimes)
        for runtime in runtimes:
            wait_until_warm(engine, runtime)
        return self.config

    def use(self, settings: Any, *runtimes: Runtime) -> None:
        """Commands and tasks that read these settings grade here."""
        config = self.ready(*runtimes)
        settings.GRADER_HOME, settings.GRADER_ENGINE, settings.GRADER_CPU_SLOTS = str(config.home), "warm", config.cpu_slots

    def close(self) -> None:
        if self.engine is not None:
            self.engine.close()


@pytest.fixture(scope="session")
def warm_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmWorker]:
    made = WarmWorker(tmp_path_factory.mktemp("warm"))
    yield made
    made.close()

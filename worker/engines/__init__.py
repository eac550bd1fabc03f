"""Sandbox engines behind one small interface (`base.py`); each must pass tests/worker/engines.

`bubblewrap.py` is the cold engine. `inside.py` is the first program in every sandbox, `seccomp.py` its filter,
`watcher.py` holds memory and processes from outside, `pipes.py` reads what a sandbox of ours says. Imports nothing of
ours but `worker.config`. Start with `base.py`.
"""

from __future__ import annotations

from functools import lru_cache

from worker.config import WorkerConfig
from worker.engines.base import SandboxEngine
from worker.engines.bubblewrap import BubblewrapEngine


@lru_cache(maxsize=4)
def engine_for(config: WorkerConfig) -> SandboxEngine:
    """The engine of this machine.

    Raises:
        EngineError: no engine can run here, with what is missing.
    """
    return BubblewrapEngine(runtime=config.runtime)

"""Sandbox engines behind one small interface (`base.py`); each must keep tests/worker/engines/promises.py.

`bubblewrap.py` is the cold engine; `warm.py` forks from processes that have the libraries imported (`zygotes.py` is our side
of them; `zygote.py` theirs, by way of `namespaces.py`). `view.py` is what a sandbox sees, for both. `landlock.py` is for
machines that forbid namespaces (`fence.py` its inside, `narrow.py` its further filter); `levels.py` tries what a machine can.
`inside.py` is the first code in every sandbox, `seccomp.py` its filter, `watcher.py` and `cgroups.py` hold memory and
processes from outside, `pipes.py` reads what a sandbox of ours says. Imports nothing of ours but `worker.config`. Start with
`base.py`.
"""

from __future__ import annotations

import os
from functools import lru_cache

from worker.config import WorkerConfig
from worker.engines import levels
from worker.engines.base import EngineError, SandboxEngine
from worker.engines.bubblewrap import BubblewrapEngine
from worker.engines.landlock import LandlockEngine
from worker.engines.warm import WarmEngine


@lru_cache(maxsize=4)
def engine_for(config: WorkerConfig) -> SandboxEngine:
    """The engine of this machine.

    Raises:
        EngineError: no engine can run here, with what is missing.
    """
    found = levels.probe(config)
    if found.level == "none":
        raise EngineError(f"level none, nothing is graded: {found.missing}")
    if found.level == "landlock":
        return LandlockEngine(config.runtime)
    if config.engine == "warm":
        return WarmEngine(config.runtime, threads=max(1, (os.cpu_count() or 1) // config.cpu_slots))
    return BubblewrapEngine(config.runtime)

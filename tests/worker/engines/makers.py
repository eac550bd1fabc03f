"""The engines that are tried, and a program of ours in a sandbox of theirs."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from worker.engines.base import Sandbox, SandboxEngine, SandboxSpec
from worker.engines.bubblewrap import BubblewrapEngine
from worker.engines.landlock import LandlockEngine, unreachable_runtime
from worker.engines.warm import WarmEngine, wait_until_warm

PYTHON = "/venv/bin/python"
BEGIN = (
    "import json, os, sys\nR = os.environ.get('GRADER_ROOT', '')\n"
    "def listed(path):\n  try: return os.listdir(path)\n  except OSError: return []\n"
)


def started(engine: SandboxEngine, code: str, **given: Any) -> Sandbox:
    return engine.start(SandboxSpec(role="judge", argv=(PYTHON, "-I", "-c", code), uid=61001, **given))


def said(engine: SandboxEngine, code: str, **given: Any) -> Any:
    """What a program of ours prints in a sandbox, as JSON. `R` goes before its folders' names, `listed` sees what it may."""
    with started(engine, BEGIN + code, **given) as sandbox:
        assert sandbox.process.stdout is not None
        text = sandbox.process.stdout.read()
        assert sandbox.process.wait() == 0, sandbox.errors()
        return json.loads(text)


def a_warm_engine() -> WarmEngine:
    engine = WarmEngine()
    engine.warm_up(["plain"])
    wait_until_warm(engine, "plain")
    return engine


def a_landlock_engine() -> LandlockEngine:
    return LandlockEngine(reachable_runtime())


@cache
def reachable_runtime() -> Path:
    """The running environment; as root, where another uid can't open that (a Python under /root), one of the system's Python."""
    own = Path(sys.prefix)
    if not unreachable_runtime(own):
        return own
    folder = tempfile.TemporaryDirectory(prefix="hwg-runtime-")
    atexit.register(folder.cleanup)
    os.chmod(folder.name, 0o755)  # it is to be read by others
    subprocess.run(["/usr/bin/python3", "-m", "venv", "--without-pip", folder.name], check=True, capture_output=True)
    return Path(folder.name)


ENGINES: dict[str, Callable[[], SandboxEngine]] = {
    "bubblewrap": BubblewrapEngine,
    "warm": a_warm_engine,
    "landlock": a_landlock_engine,
}

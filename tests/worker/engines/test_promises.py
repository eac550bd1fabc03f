from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worker.engines.promises import PROMISES
from worker.config import WorkerConfig
from worker.engines import engine_for

ROOT = Path(__file__).resolve().parents[3]
# A user namespace with one uid that is not root: what a plain user's worker has.
PLAIN_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


@pytest.mark.parametrize("name", PROMISES)
def test_the_engine_of_this_machine_keeps_its_promises(name: str) -> None:
    engine = engine_for(WorkerConfig(home=Path("/nowhere")))

    PROMISES[name](engine)

    assert engine.level == ("full" if os.geteuid() == 0 else "rootless")


@pytest.mark.skipif(os.geteuid() != 0, reason="the test above already ran as a plain user")
def test_the_same_promises_are_kept_for_a_plain_user() -> None:
    command = [*PLAIN_USER, sys.executable, "-m", "tests.worker.engines.promises", *PROMISES]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("rootless: kept: ") == len(PROMISES)

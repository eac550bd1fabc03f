from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.engines.promises import ENGINES, NOT_PROMISED, PROMISES
from worker.engines.base import SandboxEngine

ROOT = Path(__file__).resolve().parents[3]
# A user namespace with one uid that is not root: what a plain user's worker has.
PLAIN_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[SandboxEngine]:
    made = ENGINES[request.param]()
    yield made
    made.close()


@pytest.mark.parametrize("name", PROMISES)
def test_every_engine_keeps_its_promises(engine: SandboxEngine, name: str) -> None:
    if why := NOT_PROMISED.get(engine.level, {}).get(name):
        pytest.skip(f"not promised at level {engine.level}: {why}")

    PROMISES[name](engine)


def test_every_engine_says_its_level(engine: SandboxEngine) -> None:
    own = "full" if os.geteuid() == 0 else "rootless"

    assert engine.level == ("landlock" if engine.name == "landlock" else own)


def test_only_the_landlock_level_promises_less_and_it_names_promises_that_exist() -> None:
    assert set(NOT_PROMISED) == {"landlock"}
    assert set(NOT_PROMISED["landlock"]) < set(PROMISES)
    assert len(NOT_PROMISED["landlock"]) <= 3


@pytest.mark.skipif(os.geteuid() != 0, reason="the tests above already ran as a plain user")
def test_the_same_promises_are_kept_for_a_plain_user() -> None:
    command = [*PLAIN_USER, sys.executable, "-m", "tests.worker.engines.promises"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180)

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert done.stdout.count("rootless: kept: ") == len(PROMISES) * 2
    assert done.stdout.count("landlock: kept: ") == len(PROMISES) - 3

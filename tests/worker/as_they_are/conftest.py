from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.as_they_are.notebooks import Graded, graded_in
from worker.config import WorkerConfig
from worker.engines import engine_for
from worker.slots import take


@pytest.fixture(scope="module", params=["bubblewrap", "warm"])
def graded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    """Grades a notebook on either engine; what the warm one keeps at hand lives as long as a module of tests."""
    config = WorkerConfig(home=Path(tmp_path_factory.mktemp("home")), engine=request.param)
    with take("cpu", config) as slot:
        yield graded_in(slot)
        engine_for(config).close()


@pytest.fixture(scope="module")
def graded_cold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    """For what has nothing to do with how a sandbox is made."""
    with take("cpu", WorkerConfig(home=Path(tmp_path_factory.mktemp("home")))) as slot:
        yield graded_in(slot)

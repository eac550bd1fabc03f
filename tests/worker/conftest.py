"""Slots to grade in. Most tests ask nothing of how a sandbox is made, and take one of a worker that has been warm for long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.warm_worker import WarmWorker
from worker.config import WorkerConfig
from worker.slots import Slot, take


@pytest.fixture
def slot(warm_worker: WarmWorker) -> Iterator[Slot]:
    """A slot of the warm worker."""
    with take("cpu", warm_worker.ready("plain")) as held:
        yield held


@pytest.fixture
def torch_slot(warm_worker: WarmWorker) -> Iterator[Slot]:
    with take("cpu", warm_worker.ready("plain", "torch")) as held:
        yield held


@pytest.fixture
def cold_slot(tmp_path: Path) -> Iterator[Slot]:
    """A slot of a worker of its own, in which each sandbox starts from nothing, as for `manage.py grade`."""
    with take("cpu", WorkerConfig(home=tmp_path)) as held:
        yield held


@pytest.fixture
def warm_settings(warm_worker: WarmWorker, settings: Any) -> None:
    """Commands and tasks of this test grade in the warm worker."""
    warm_worker.use(settings, "plain")

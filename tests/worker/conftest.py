from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.config import WorkerConfig
from worker.slots import Slot, take


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    """A slot of a worker of its own."""
    with take("cpu", WorkerConfig(home=tmp_path)) as held:
        yield held

from __future__ import annotations

import pytest

from tests.worker.as_they_are.notebooks import Graded, graded_in
from worker.slots import Slot


@pytest.fixture(params=["bubblewrap", "warm"])
def graded(request: pytest.FixtureRequest) -> Graded:
    """Grades a notebook on either engine."""
    return graded_in(request.getfixturevalue({"bubblewrap": "cold_slot", "warm": "slot"}[request.param]))


@pytest.fixture
def graded_once(slot: Slot) -> Graded:
    """For what has nothing to do with how a sandbox is made."""
    return graded_in(slot)

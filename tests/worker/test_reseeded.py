"""An order may ask for other seeds than the notebook sets: how a course is tried over the luck of a training."""

from __future__ import annotations

from dataclasses import replace

from tests.worker.makers import SUMS, an_order
from tests.worker.test_kept import evidence
from worker import pipeline
from worker.slots import Slot

SEEDED = "import random\nrandom.seed(1)\nresult = random.randint(0, 10**9)"


def test_a_reseeded_order_gives_the_notebook_another_seed_each_time_the_same(slot: Slot) -> None:
    order = an_order(SEEDED, package=SUMS)

    first, other, again = (pipeline.grade(replace(order, reseed=number), slot=slot) for number in (0, 1, 1))

    assert evidence(first) != evidence(other)
    assert evidence(other) == evidence(again)

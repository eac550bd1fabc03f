"""This suite can fail: with one defence taken away, the attacks that it held no longer hold, and the others still do."""

from __future__ import annotations

import os
from typing import get_args

import pytest

from tests.attacks.arena import EngineName, arena
from tests.attacks.weak import WEAKENINGS, to_try


@pytest.mark.attacks
@pytest.mark.slow
@pytest.mark.parametrize(("weakening", "engine"), [(name, engine) for name, one in WEAKENINGS.items() for engine in one.engines])
def test_without_a_defence_the_attacks_on_it_and_no_others_succeed(weakening: str, engine: EngineName) -> None:
    if os.geteuid() != 0 and engine in WEAKENINGS[weakening].as_root:
        pytest.skip(f"a plain user's sandbox does not start with {weakening} on {engine}: only root can try this")
    falls, stands = to_try(weakening)
    if engine == "bubblewrap":  # a case takes five seconds there: one that falls and one that stands
        falls, stands = falls[:1], stands[:1]

    with WEAKENINGS[weakening].take_away(), arena(engine, ("plain",)) as place:
        fell = [attack.name for attack in [*falls, *stands] if not place.try_(attack).held]

    assert fell == [attack.name for attack in falls]


def test_each_engine_is_tried_weakened() -> None:
    assert {engine for one in WEAKENINGS.values() for engine in one.engines} == set(get_args(EngineName))

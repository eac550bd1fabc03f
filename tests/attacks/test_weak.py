"""This suite can fail: with one defence taken away, the attacks that it held no longer hold, and the others still do."""

from __future__ import annotations

import os
from typing import get_args

import pytest

from tests.attacks.arena import EngineName, arena
from tests.attacks.attack import Attack, all_attacks
from tests.attacks.weak import WEAKENINGS

ATTACKS = all_attacks()
FALL, STAND = 2, 2  # how many attacks are tried that must succeed, and that must not


def chosen(weakening: str) -> list[Attack]:
    """Those that should fall, and some of other layers that should not; none that needs a zone B."""
    light = [attack for attack in ATTACKS if attack.package != "nets"]
    falls = [attack for attack in light if weakening in attack.falls_with]
    stands = [attack for attack in light if weakening not in attack.falls_with and attack.quick and attack.raw is None]
    stands = [attack for attack in stands if attack.ends == ("run.ok",) and attack.package == falls[0].package]
    return falls[:FALL] + stands[:STAND]


@pytest.mark.attacks
@pytest.mark.slow
@pytest.mark.parametrize(("weakening", "engine"), [(name, engine) for name, one in WEAKENINGS.items() for engine in one.engines])
def test_without_a_defence_the_attacks_on_it_and_no_others_succeed(weakening: str, engine: EngineName) -> None:
    if os.geteuid() != 0 and engine in WEAKENINGS[weakening].as_root:
        pytest.skip(f"a plain user's sandbox does not start with {weakening} on {engine}: only root can try this")
    attacks = chosen(weakening)

    with WEAKENINGS[weakening].take_away(), arena(engine, ("plain",)) as place:
        fell = {attack.name for attack in attacks if not place.try_(attack).held}

    assert fell == {attack.name for attack in attacks if weakening in attack.falls_with}


def test_each_engine_is_tried_weakened() -> None:
    assert {engine for one in WEAKENINGS.values() for engine in one.engines} == set(get_args(EngineName))

"""This suite can fail: with one defence taken away, the attacks that it held no longer hold, and the others still do."""

from __future__ import annotations

import os

import pytest

from tests.attacks.arena import EngineName, arena
from tests.attacks.attack import Attack, all_attacks
from tests.attacks.weak import WEAKENINGS

ATTACKS = all_attacks()
BESIDE = 2  # attacks from other layers that must still hold
WARM = {"zygote inherits the environment"}


def chosen(weakening: str) -> list[Attack]:
    """Those that should fall, up to three; and some that should not."""
    falls = [attack for attack in ATTACKS if weakening in attack.falls_with]
    stands = [attack for attack in ATTACKS if weakening not in attack.falls_with and attack.quick and attack.raw is None]
    ends = ("run.ok",)
    return falls[:3] + [attack for attack in stands if attack.ends == ends and attack.package == falls[0].package][:BESIDE]


@pytest.mark.attacks
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a plain user's own processes would be in reach")
@pytest.mark.parametrize("weakening", WEAKENINGS)
def test_without_a_defence_the_attacks_on_it_and_no_others_succeed(weakening: str) -> None:
    engine: EngineName = "warm" if weakening in WARM else "bubblewrap"
    attacks = chosen(weakening)

    with WEAKENINGS[weakening](), arena(engine) as place:
        fell = {attack.name for attack in attacks if not place.try_(attack).held}

    assert fell == {attack.name for attack in attacks if weakening in attack.falls_with}

"""The quick part of `./dev attacks`: some of each layer, the usual engine; and what every case must say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest

from tests.attacks.arena import Arena, arena
from tests.attacks.attack import Attack, Layer, all_attacks
from tests.attacks.weak import WEAKENINGS

ATTACKS = all_attacks()
QUICK = [attack for attack in ATTACKS if attack.quick]


@pytest.fixture(scope="module")
def warm() -> Iterator[Arena]:
    with arena("warm") as place:
        yield place


@pytest.mark.attacks
@pytest.mark.parametrize("attack", QUICK, ids=lambda attack: attack.name)
def test_an_attack_holds(warm: Arena, attack: Attack) -> None:
    assert warm.try_(attack).complaints == ()


def test_there_are_attacks_on_every_layer() -> None:
    assert len(ATTACKS) >= 80
    assert {attack.layer for attack in ATTACKS} == set(get_args(Layer))


def test_a_weakening_that_a_case_names_is_one_of_ours() -> None:
    assert {name for attack in ATTACKS for name in attack.falls_with} == set(WEAKENINGS)

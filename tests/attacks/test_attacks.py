"""The quick part of `./dev attacks`: some of each layer; and what every case must say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import get_args

import pytest

from tests.attacks.arena import Arena, EngineName, arena
from tests.attacks.attack import Attack, Layer, all_attacks
from tests.attacks.weak import WEAKENINGS

ATTACKS = all_attacks()
QUICK = [attack for attack in ATTACKS if attack.quick]


PAIRS: list[tuple[EngineName, Attack]] = [("warm", attack) for attack in QUICK]
PAIRS += [("bubblewrap", attack) for attack in {attack.layer: attack for attack in reversed(QUICK)}.values()]  # one of each layer


class Places:
    """One arena at a time, kept while the same engine is asked for."""

    def __init__(self) -> None:
        self.life, self.name = ExitStack(), ""
        self.made: Arena | None = None

    def of(self, name: EngineName) -> Arena:
        if name != self.name:
            self.life.close()
            self.name, self.made = name, self.life.enter_context(arena(name))
        assert self.made is not None
        return self.made


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    made = Places()
    yield made
    made.life.close()


@pytest.mark.attacks
@pytest.mark.parametrize(("engine", "attack"), PAIRS, ids=[f"{name}: {one.name}" for name, one in PAIRS])
def test_an_attack_holds(places: Places, engine: EngineName, attack: Attack) -> None:
    assert places.of(engine).try_(attack).complaints == ()


def test_there_are_attacks_on_every_layer() -> None:
    assert len(ATTACKS) >= 80
    assert {attack.layer for attack in QUICK} == set(get_args(Layer))


def test_a_weakening_that_a_case_names_is_one_of_ours() -> None:
    assert {name for attack in ATTACKS for name in attack.falls_with} == set(WEAKENINGS)

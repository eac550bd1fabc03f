from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.checks.values import Missing, ModelEvidence, RunFacts
from worker.zone_c_trusted import evidence
from worker.zone_c_trusted.models import models_of

FACTS = {
    "parameters": 20,
    "trainable_parameters": 20,
    "layers": [
        {"kind": "Dense", "units": 10, "activation": None, "parameters": 20, "output_shape": [None, 10], "weights": [[1, 10]]}
    ],
}


def models(
    folder: Path, claim: Any, facts: Any = FACTS, **predicted: bytes
) -> tuple[tuple[ModelEvidence, ...], tuple[Missing, ...]]:
    """What is made of one model's files; `predicted` by scale, for a held-out part of four images of classes 0 to 3."""
    labels = folder / "labels"
    labels.mkdir(exist_ok=True)
    (labels / "held_out.bin").write_bytes(bytes(range(4)))
    (folder / "main-m000.json").write_text(json.dumps(claim))
    probed = folder / "probed"
    probed.mkdir(exist_ok=True)
    (probed / "main-m000.json").write_text(json.dumps(facts))
    for scale, classes in predicted.items():
        (probed / f"main-m000-held_out-{scale}.bin").write_bytes(classes)
    numbers = [os.open(path, os.O_RDONLY) for path in (folder, probed)]
    try:
        return models_of(numbers[0], numbers[1:], labels)
    finally:
        for number in numbers:
            os.close(number)


def test_the_scale_that_serves_a_model_best_is_its_own(tmp_path: Path) -> None:
    (model,), _ = models(tmp_path, {"name": "net"}, unit=bytes(range(4)), raw=bytes(4))

    assert (model.accuracy["held_out"].value, model.accuracy["held_out"].preparation) == (1.0, "unit")


def test_a_number_that_is_none_at_another_scale_does_not_spoil_a_model(tmp_path: Path) -> None:
    (model,), _ = models(tmp_path, {}, unit=bytes(range(4)), raw=bytes([255] * 4))

    assert model.finite


def test_a_model_that_gives_no_numbers_at_any_scale_is_not_finite(tmp_path: Path) -> None:
    (model,), _ = models(tmp_path, {}, unit=bytes([255] * 4))

    assert not model.finite


@pytest.mark.parametrize("points", [[10**400], ["x"], [None], [[1]], [True]])
def test_a_curve_of_anything_but_numbers_costs_only_the_curve(tmp_path: Path, points: list[Any]) -> None:
    (model,), _ = models(tmp_path, {"curve": {"acc": points}}, unit=bytes(4))

    assert model.curve == {"acc": ()}


@pytest.mark.parametrize(
    ("claimed", "read"),
    [([0.01, 0.001], (0.01, 0.001)), ([1] * 3, ()), ([0.5] * 20, (0.5,) * 8), ("0.01", ()), ([-0.1, 1e9, True, None], ())],
)
def test_learning_rates_are_a_few_plain_numbers(tmp_path: Path, claimed: Any, read: tuple[float, ...]) -> None:
    (model,), _ = models(tmp_path, {"rates": claimed}, unit=bytes(4))

    assert model.rates == read


@pytest.mark.parametrize(
    ("claimed", "read"),
    [({"min": 0.0, "max": 255.0}, (0.0, 255.0)), ({"min": 0.0}, None), ({"min": "0", "max": 1e300}, None), ([0.0, 255.0], None)],
)
def test_what_a_model_was_fed_is_two_plain_numbers_or_nothing(tmp_path: Path, claimed: Any, read: Any) -> None:
    (model,), _ = models(tmp_path, {"feed": claimed}, unit=bytes(4))

    assert model.fed == read


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "curve",
                    "rates",
                    "feed",
                    "min",
                    "max",
                    "digest",
                    "name",
                    "cell",
                    "layers",
                    "parameters",
                    "kind",
                    "values",
                    "refused",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything, anything)
def test_no_file_of_a_model_makes_the_reader_raise(tmp_path_factory: pytest.TempPathFactory, claim: Any, facts: Any) -> None:
    facts = facts if isinstance(facts, dict) else FACTS

    found, lost = models(tmp_path_factory.mktemp("models"), claim, facts)

    assert len(found) + len(lost) == 1


def test_a_class_that_a_notebook_named_carries_nothing_out_of_a_rerun(tmp_path: Path) -> None:
    leak = RunFacts("error", 1, "run.error", {"ename": "L0303504155"})
    honest = RunFacts("error", 1, "run.error", {"ename": "ValueError"})

    assert evidence.rerun_of(-1, 0, "15.1:1", leak).error == "Exception"
    assert evidence.rerun_of(-1, 0, "15.1:1", honest).error == "ValueError"


def test_a_cell_of_data_is_not_parsed() -> None:
    facts = evidence.source_of(("x = 50", "y = [" + "1," * 200_000 + "]"))

    assert facts.numbers == {50.0}

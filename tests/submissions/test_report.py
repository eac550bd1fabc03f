from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.submissions import report
from tests.pages.reports import REPORT, TRAINING, a_model

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def wire(**changed: Any) -> Any:
    """A report as it comes over the wire, its first model changed."""
    raw = json.loads(json.dumps(report.as_json(REPORT)))
    raw["models"][0] |= changed
    return raw


def test_what_is_written_is_read_back_as_it_was():
    assert report.load(json.loads(json.dumps(report.as_json(REPORT)))) == REPORT


@pytest.mark.parametrize(
    "changed",
    [
        {"parameters": -1},
        {"parameters": 1.5},
        {"parameters": True},
        {"parameters": 10**30},
        {"name": "x" * 101},
        {"name": None},
        {"curve": {"loss": [float("nan")]}},
        {"curve": {"loss": [float("inf")]}},
        {"curve": {"loss": [0.1] * 201}},
        {"curve": {str(number): [] for number in range(7)}},
        {"confusion": [[1] * 10] * 9},
        {"confusion": [[1] * 9] * 10},
        {"confusion": [["1"] * 10] * 10},
        {"layers": [{}]},
        {"layers": [{"kind": "Dense", "parameters": 1, "output_shape": ["x"], "activation": ""}]},
        {"layers": [{"kind": "Dense", "parameters": 1, "output_shape": [], "activation": ""}] * 65},
        {"accuracy": {"held_out": {"right": 6, "images": 5, "preparation": "unit"}}},
        {"accuracy": {"held_out": {"right": 0, "images": 0, "preparation": "unit"}}},
        {"tasks": "13.1"},
    ],
    ids=str,
)
def test_a_model_that_is_not_of_the_shape_is_refused(changed: dict[str, Any]):
    with pytest.raises(ValueError, match=r"."):
        report.load(wire(**changed))


@pytest.mark.parametrize("points", [[[1, {"password": 1.0}]], [[1, {"loss": float("nan")}]], [["1", {}]], [1], [[1, 2, 3]]])
def test_a_printed_epoch_holds_known_names_and_finite_numbers(points: Any):
    with pytest.raises(ValueError, match=r"."):
        report.trainings([{"cell": 1, "points": points}])


@given(JSON)
def test_whatever_comes_is_a_report_or_is_refused_in_one_way(raw: Any):
    with suppress(ValueError):
        assert isinstance(report.load(raw), report.Report)


def test_a_whole_report_at_its_caps_is_small():
    most = a_model(
        id="main-m000",
        name="x" * 100,
        layers=(report.LayerReport("y" * 60, 10**12, (10**12,) * 8, "z" * 40),) * report.MAX_LAYERS,
        curve={f"{number}" + "c" * 39: (-0.123456,) * report.MAX_EPOCHS for number in range(report.MAX_SERIES)},
    )
    points = tuple((10_000 + n, dict.fromkeys(report.METRICS, -0.123456)) for n in range(report.MAX_EPOCHS))
    full = report.Report((most,) * report.MAX_MODELS, 1000, (replace(TRAINING, points=points),) * report.MAX_TRAININGS)

    text = json.dumps(report.as_json(full))

    assert report.load(json.loads(text)) == full
    assert len(text) < 500_000

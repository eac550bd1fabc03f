from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.values import Missing, Value
from worker.zone_c_trusted import evidence

A_RECORD = {"name": "res", "cell": 2, "kind": "array", "dtype": "float32", "shape": [2], "data": [1.0, 2.0]}


def taken(path: Path, raw: Any) -> tuple[tuple[Value, ...], tuple[Missing, ...]]:
    (path / "main-values.json").write_bytes(raw if isinstance(raw, bytes) else json.dumps(raw).encode())
    number = os.open(path, os.O_RDONLY)
    try:
        return evidence.values_of(number, "main-")[:2]
    finally:
        os.close(number)


def records(*items: Any) -> dict[str, Any]:
    return {"records": list(items), "missing": [], "swapped": []}


def test_a_well_formed_value_is_read(tmp_path: Path) -> None:
    values, missing = taken(tmp_path, records(A_RECORD))

    assert values == (Value("res", 2, "array", "float32", (2,), (1.0, 2.0)),)
    assert missing == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"shape": [3]},
        {"shape": [-1, -2]},
        {"shape": [True, 2]},
        {"shape": ["2"]},
        {"shape": [1] * 9},
        {"data": [1.0, {"a": 1}]},
        {"data": [1.0, None]},
        {"data": "ab"},
        {"kind": "model"},
        {"shape": [1 << 40], "data": []},
        {"kind": "text", "data": [1.0, 2.0]},
        {"data": [1.0, 10**400]},
    ],
)
def test_a_value_of_another_shape_is_missing_and_not_an_error(tmp_path: Path, changed: dict[str, Any]) -> None:
    values, missing = taken(tmp_path, records({**A_RECORD, **changed}))

    assert values == ()
    assert missing[0].reason == "missing.refused"


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"[" * 100_000, b'{"records": 5}', b"\xff\xfe", b'{"records": [1, null, []]}']
)
def test_bytes_that_are_not_evidence_are_nothing(tmp_path: Path, raw: bytes) -> None:
    values, _ = taken(tmp_path, raw)

    assert values == ()


def test_nan_and_infinity_travel_as_texts(tmp_path: Path) -> None:
    values, _ = taken(tmp_path, records({**A_RECORD, "data": ["nan", "-inf"]}))

    assert math.isnan(values[0].data[0])
    assert values[0].data[1] == -math.inf


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*A_RECORD, "records", "missing"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(anything)
def test_no_json_makes_the_reader_raise(tmp_path_factory: pytest.TempPathFactory, raw: Any) -> None:
    taken(tmp_path_factory.mktemp("evidence"), raw)
    values, missing = taken(tmp_path_factory.mktemp("evidence"), records(raw))

    assert len(values) + len(missing) == 1


def test_source_facts_skip_what_does_not_parse() -> None:
    facts = evidence.source_of(("%matplotlib inline\nx = 50.0", "!pip install torch", "def broken(:", "torch.dot(a, b) + 7"))

    assert facts.numbers == {50.0, 7.0}
    assert {"torch", "dot", "a", "b"} <= facts.names


@pytest.mark.parametrize("shape", [[[0], 10**30], [[0], 10**9], [9] * 100_000, {"a": 1}, "99", [True], [-1], [10**30]])
def test_a_shape_is_looked_at_before_anything_is_computed_with_it(tmp_path: Path, shape: Any) -> None:
    found, lost = taken(tmp_path, {"records": [{**A_RECORD, "shape": shape}], "missing": [], "swapped": []})

    assert (found, [item.reason for item in lost]) == ((), ["missing.refused"])


def test_what_a_notebook_says_is_missing_brings_no_values_of_its_own(tmp_path: Path) -> None:
    item = {"name": "m", "reason": "missing.time", "values": {"near_miss": True, "measured": "0.999", "limit": 3}, "model": True}

    _, (lost,) = taken(tmp_path, {"records": [], "missing": [item], "swapped": []})

    assert (lost.values, lost.model) == ({"limit": 3}, True)

"""What a student's sandbox says that it adapted: known codes, their own values, and little of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from grader import catalogue
from grader.catalogue.sentences import placeholders
from worker.zone_c_trusted import notes

GOOD = {"code": "note.moved", "values": {"old": "np.float", "new": "float"}}


def taken(folder: Path, adapted: Any) -> notes.Notes:
    (folder / "main-values.json").write_text(json.dumps({"adapted": adapted}))
    directory = os.open(folder, os.O_RDONLY)
    try:
        return notes.notes_of(directory, "main-")
    finally:
        os.close(directory)


def test_a_note_of_the_agreed_shape_is_taken(tmp_path: Path) -> None:
    assert taken(tmp_path, [GOOD]) == (("note.moved", {"old": "np.float", "new": "float"}),)


@pytest.mark.parametrize(
    "forged",
    [
        {"code": "note.near_miss", "values": {}},
        {"code": "note.fallback", "values": {}},
        {"code": "accuracy.passed", "values": {"measured": 1.0}},
        {"code": "note.moved", "values": {"old": "x" * 81, "new": "y"}},
        {"code": "note.moved", "values": {"old": ["a"], "new": "y"}},
        {"code": "note.moved", "values": {"old": "a"}},
        {"code": "note.exit", "values": {"cell": 10**9}},
        {"code": "note.exit", "values": {"cell": True}},
        {"code": "note.exit", "values": {"cell": float("inf")}},
        {"code": ["note.exit"], "values": {}},
        {"code": "note.no_input", "values": None},
        "note.no_input",
        None,
    ],
)
def test_any_other_is_left_out_and_costs_nothing(tmp_path: Path, forged: Any) -> None:
    assert taken(tmp_path, [forged, GOOD]) == taken(tmp_path, [GOOD])


@pytest.mark.parametrize("adapted", [None, {}, "note.moved", 7, [[]] * 1000])
def test_what_is_no_list_of_notes_is_none(tmp_path: Path, adapted: Any) -> None:
    assert taken(tmp_path, adapted) == ()


def test_no_more_than_twenty_are_taken_and_no_value_that_a_sentence_has_no_place_for(tmp_path: Path) -> None:
    many = [{"code": "note.exit", "values": {"cell": n, "more": "x"}} for n in range(1000)]

    found = taken(tmp_path, many)

    assert len(found) == 20
    assert found[0] == ("note.exit", {"cell": 0})


def test_there_is_none_where_nothing_ran(tmp_path: Path) -> None:
    assert notes.notes_of(-1, "main-") == ()
    assert notes.notes_of(os.open(tmp_path, os.O_RDONLY), "main-") == ()


@pytest.mark.parametrize("code", sorted(notes.CODES))
def test_a_note_s_sentence_has_a_place_for_each_of_its_values(code: str) -> None:
    assert placeholders(code, "en") == set(notes.CODES[code])
    assert code in catalogue.codes("ru")

"""Exceptions as Python, Keras, TensorFlow and PyTorch of the runtime raise them, and what students read beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from grader.catalogue import codes, render
from grader.catalogue.exceptions import Explained, meant, table
from grader.catalogue.sentences import placeholders

SAID: list[tuple[str, str, str]] = yaml.safe_load(Path(__file__).with_name("exceptions.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("ename", "evalue", "hint"), SAID)
def test_a_usual_exception_is_explained(ename: str, evalue: str, hint: str) -> None:
    found = meant({"ename": ename, "evalue": evalue})

    assert found is not None
    assert found[0].hint == f"hint.{hint}"


@pytest.mark.parametrize(("ename", "evalue", "hint"), SAID)
@pytest.mark.parametrize("lang", ["ru", "en"])
def test_an_explanation_shows_every_value_that_it_names(ename: str, evalue: str, hint: str, lang: str) -> None:
    shown = render("run.error", {"cell": 1, "ename": ename, "evalue": evalue}, lang)
    told = render(f"hint.{hint}", meant({"ename": ename, "evalue": evalue})[1], lang)  # type: ignore[index]

    assert shown.endswith(told)
    assert "—" not in re.sub(" — ", " ", told)  # what a missing value is written as


def test_every_entry_is_met_by_an_exception_that_is_really_raised() -> None:
    told = {f"hint.{hint}" for _, _, hint in SAID}

    assert {entry.hint for entry in table()} == told


def test_there_is_a_sentence_for_every_entry_and_it_names_only_what_the_pattern_finds() -> None:
    for entry in table():
        assert entry.hint in codes("ru") & codes("en")
        assert placeholders(entry.hint, "en") <= set(entry.says.groupindex), entry.hint


@pytest.mark.parametrize(
    ("ename", "evalue"), [("NameError", "{cell}"), ("KeyError", "'b'"), ("MyError", "something"), ("RuntimeError", ""), ("", "")]
)
def test_what_nobody_knows_gets_no_explanation(ename: str, evalue: str) -> None:
    assert meant({"ename": ename, "evalue": evalue}) is None


def test_an_assignment_s_own_explanation_comes_first() -> None:
    own = Explained(
        ("NameError",), re.compile("'(?P<name>mask)'"), sentence={"ru": "Маску {name} даёт ячейка 2.", "en": "Cell 2."}
    )

    told = render("run.error", {"cell": 4, "ename": "NameError", "evalue": "name 'mask' is not defined"}, "ru", explained=[own])

    assert told.endswith("Маску mask даёт ячейка 2.")


def test_a_long_text_of_a_hostile_notebook_is_looked_at_in_no_time() -> None:
    for text in ("a" * 100_000, "Target size (" * 10_000, "х" * 100_000, "target.shape=(" * 9_000, "name '" + "_" * 99_999):
        for ename in ("NameError", "ValueError", "RuntimeError", "SyntaxError"):
            meant({"ename": ename, "evalue": text})

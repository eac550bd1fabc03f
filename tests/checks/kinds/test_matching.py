from __future__ import annotations

import pytest

from grader.checks.kinds.matching import Matching
from grader.checks.kinds.sequence import Sequence
from grader.checks.kinds.text import Text
from grader.checks.values import Answer, Outcome
from tests.checks.makers import verdict

ROWS = Matching(
    right={"w": "trained", "n": "hyper", "a": "hyper", "v": "trained"}, options=("trained", "hyper"), hints={"n": "about_n"}
)
YES_NO = Sequence(right=("yes", "no", "yes", "no"), options=("yes", "no"))


def pairs(**given: str) -> Answer:
    return Answer(pairs=tuple(given.items()))


def test_a_row_is_a_share():
    judged = verdict(ROWS, "matching", answer=pairs(w="trained", n="trained", a="hyper", v="trained"))

    assert (judged.outcome, judged.share, judged.hint) == (Outcome.FAILED, 0.75, "about_n")


def test_all_rows_right_pass():
    assert verdict(ROWS, "matching", answer=pairs(w="trained", n="hyper", a="hyper", v="trained")).outcome is Outcome.PASSED


def test_a_row_left_out_is_not_earned():
    assert verdict(ROWS, "matching", answer=pairs(w="trained")).share == 0.25


def test_a_row_answered_both_ways_is_not_earned():
    both = Answer(pairs=(("w", "trained"), ("w", "hyper")))

    assert verdict(ROWS, "matching", answer=both).share == 0


def test_an_unknown_right_hand_side_goes_to_a_person():
    assert verdict(ROWS, "matching", answer=pairs(w="обучаются вместе")).outcome is Outcome.REVIEW


@pytest.mark.parametrize(("given", "share"), [("yes no yes no", 1.0), ("yes yes yes yes", 0.5), ("no yes no yes", 0.0)])
def test_a_place_in_a_sequence_is_a_share(given, share):
    assert verdict(YES_NO, "sequence", answer=Answer(items=tuple(given.split()))).share == share


def test_the_hint_of_a_sequence_is_that_of_the_first_wrong_place_that_has_one():
    hinted = Sequence(right=("yes", "no", "yes", "no"), options=("yes", "no"), hints={"2": "about_second", "4": "about_last"})

    def hint_of(given: str) -> str | None:
        return verdict(hinted, "sequence", answer=Answer(items=tuple(given.split()))).hint

    assert hint_of("no yes yes yes") == "about_second"
    assert hint_of("yes no yes yes") == "about_last"
    assert hint_of("no no yes no") is None


def test_a_sequence_of_another_length_is_told_its_length():
    judged = verdict(YES_NO, "sequence", answer=Answer(items=("yes", "no")))

    assert (judged.code, judged.values) == ("length", {"found": 2, "wanted": 4})


@pytest.mark.parametrize("typed", ["ухудшилось", "Ухудшилось.", " УХУДШИЛОСЬ "])
def test_an_accepted_text_passes_however_it_is_written(typed):
    assert verdict(Text(("Ухудшилось",)), "text", answer=typed).outcome is Outcome.PASSED


def test_a_text_that_nobody_foresaw_goes_to_a_person():
    assert verdict(Text(("Ухудшилось",)), "text", answer="стало хуже").outcome is Outcome.REVIEW

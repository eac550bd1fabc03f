from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.kinds.choice import Choice
from grader.checks.kinds.choices import Choices
from grader.checks.values import Answer, Outcome
from tests.checks.makers import verdict

ONE = Choice(right="smooth", options=("slow", "smooth", "wide"), hints={"slow": "about_time"})
MANY = Choices(right=("a", "b"), options=("a", "b", "c", "d", "e"), hints={"d": "about_d"})


def test_the_right_option_passes():
    assert verdict(ONE, "choice", answer="smooth").outcome is Outcome.PASSED


def test_a_wrong_option_fails_with_its_own_hint():
    wrong = verdict(ONE, "choice", answer="slow")

    assert (wrong.outcome, wrong.code, wrong.hint) == (Outcome.FAILED, "wrong", "about_time")


def test_other_options_may_be_right_as_well():
    both = Choice(right="smooth", also=("wide",), options=("slow", "smooth", "wide"))

    assert [verdict(both, "choice", answer=Answer(items=(option,))).outcome for option in both.options] == [
        Outcome.FAILED,
        Outcome.PASSED,
        Outcome.PASSED,
    ]


def test_free_text_in_place_of_an_option_goes_to_a_person():
    assert verdict(ONE, "choice", answer="потому что гладкая").outcome is Outcome.REVIEW


def test_two_options_where_one_is_asked_for_earn_nothing():
    both = verdict(ONE, "choice", answer=Answer(items=("smooth", "slow")))

    assert (both.outcome, both.code) == (Outcome.FAILED, "several")


@pytest.mark.parametrize(
    ("chosen", "share", "code"),
    [
        (("a", "b"), 1.0, "passed"),
        (("b", "a"), 1.0, "passed"),
        (("a",), 0.5, "incomplete"),
        (("a", "b", "c"), 2 / 3, "wrong"),
        (("a", "d"), 1 / 2 - 1 / 3, "wrong"),
        (("a", "b", "c", "d", "e"), 0.0, "wrong"),
        (("c", "d"), 0.0, "wrong"),
    ],
)
def test_several_choices_earn_the_right_share_minus_the_wrong_share(chosen, share, code):
    judged = verdict(MANY, "choices", answer=Answer(items=chosen))

    assert judged.code == code
    assert judged.share == pytest.approx(share)


def test_the_hint_is_that_of_the_first_wrong_option_that_has_one():
    assert verdict(MANY, "choices", answer=Answer(items=("c", "d"))).hint == "about_d"


def test_something_that_is_no_option_goes_to_a_person():
    assert verdict(MANY, "choices", answer=Answer(items=("a", "слой исчезнет"))).outcome is Outcome.REVIEW


@given(st.lists(st.sampled_from(MANY.options), unique=True, min_size=1))
def test_points_lie_between_none_and_all_and_order_does_not_matter(chosen):
    judged = verdict(MANY, "choices", answer=Answer(items=tuple(chosen)))
    turned = verdict(MANY, "choices", answer=Answer(items=tuple(reversed(chosen))))

    assert 0 <= judged.share <= 1
    assert judged.share == turned.share
    assert (judged.outcome is Outcome.PASSED) == (set(chosen) == set(MANY.right))

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks import numbers
from grader.checks.kinds.number import Number
from grader.checks.kinds.typed_count import TypedCount
from grader.checks.values import Outcome
from tests.checks.makers import verdict


def only(text: str) -> numbers.Reading:
    readings = numbers.read(text)
    assert not isinstance(readings, str), readings
    (reading,) = readings
    return reading


def values(text: str) -> list[float]:
    readings = numbers.read(text)
    return [] if isinstance(readings, str) else [one.value for one in readings]


@pytest.mark.parametrize(
    "typed",
    ["118282", "118 282", "118\u00a0282", "118\u202f282", "118,282", "118.282", "118'282", "118_282", " 118282. ",
     "118 282 параметра", "Total params: 118,282 (462.04 KB)", "١١٨٢٨٢", "\u200e118282"],
)  # fmt: skip
def test_a_count_is_read_however_its_digits_are_grouped(typed):
    assert 118282 in values(typed)


@pytest.mark.parametrize("typed", ["0.83", "0,83", ".83", ",83", "0,830", "≈0.83", "примерно 0,83", "acc = 0.83", "+0.83"])
def test_a_decimal_is_read_with_either_sign(typed):
    assert values(typed) == [0.83]


@pytest.mark.parametrize("typed", ["83 %", "83%", "83 процента", "83,0 %"])
def test_a_percent_sign_is_noticed(typed):
    reading = only(typed)

    assert (reading.value, reading.percent) == (83, True)


@pytest.mark.parametrize(
    ("typed", "relation"),
    [("> 500", ">"), (">500", ">"), ("более 500", ">"), ("больше чем 500", ">"), ("≥ 500", ">="), ("не менее 500", ">="),
     ("=> 500", ">="), ("не более 500", "<="), ("< 500", "<"), ("more than 500", ">"), ("at least 500", ">=")],
)  # fmt: skip
def test_a_relation_is_read_in_signs_and_words(typed, relation):
    reading = only(typed)

    assert (reading.value, reading.relation) == (500, relation)


@pytest.mark.parametrize(
    "typed", ["nan", "inf", "-inf", "бесконечность", "1e999", "-", "не 6", "5²", "t1[2]", "много", "0x1F", "∞", "1,2,3", "5 + x"]
)
def test_what_is_no_finite_number_is_not_read(typed):
    assert numbers.read(typed) == "unreadable"


@pytest.mark.parametrize("typed", ["500-600", "от 500 до 600", "5/6", "12 34", "0.83, 0.85", "5^2"])
def test_several_numbers_are_not_one(typed):
    assert numbers.read(typed) == "several"


@pytest.mark.parametrize(
    "typed", ["0,83 (83%)", "0.83 = 83 %", "0,83 или 83%", "0.83±0.01", "0,83 ± 0,01", "0.83 +/- 0.01", "0,83 (0.83)"]
)
def test_one_number_written_twice_or_with_its_error_is_one_number(typed):
    assert values(typed) == [0.83]


def test_a_percentage_beside_a_share_may_be_rounded_and_may_not_differ():
    assert values("0,834 (83 %)") == [0.834]
    assert only("83 % (0,83)").percent
    assert numbers.read("0,83 (85 %)") == numbers.read("5 (6)") == numbers.read("5/5") == "several"


def test_minus_zero_is_zero():
    assert math.copysign(1, values("-0")[0]) == 1


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    readings = numbers.read(text)

    assert isinstance(readings, str) or all(math.isfinite(one.value) for one in readings)


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["", " ", "\u00a0", "'", ","]))
def test_every_grouping_of_a_count_is_understood(count, gap):
    assert count in values(f"{count:,}".replace(",", gap))


@given(st.decimals(min_value=-1000, max_value=1000, places=2))
def test_a_decimal_comma_means_the_same_as_a_point(number):
    assert values(str(number)) == values(str(number).replace(".", ",")) == [float(number)]


# ------------------------------------------------------------------ the kind `number`


@pytest.mark.parametrize("typed", ["6", "6.0", "6,0", "= 6", "шесть: 6", "６"])
def test_every_right_spelling_passes(typed):
    assert verdict(Number(equals=6, integer=True), "number", answer=typed).outcome is Outcome.PASSED


@pytest.mark.parametrize("typed", ["501", "> 500", "более 500", "650", "≥ 501"])
def test_more_than_500_accepts_the_number_and_the_relation(typed):
    assert verdict(Number(more_than=500), "number", answer=typed).outcome is Outcome.PASSED


@pytest.mark.parametrize("typed", ["500", "< 500", "≥ 500", "> 499", "499,9", "-501"])
def test_more_than_500_refuses_what_is_not(typed):
    assert verdict(Number(more_than=500), "number", answer=typed).code == "wrong"


def test_a_relation_is_not_an_exact_answer():
    assert verdict(Number(equals=6), "number", answer="> 6").code == "wrong"


def test_an_ambiguous_number_is_asked_about():
    judged = verdict(Number(equals=1234), "number", answer="1,234")

    assert (judged.outcome, judged.code) == (Outcome.FAILED, "ambiguous")
    assert judged.values == {"typed": "1,234", "one": 1.234, "other": 1234.0}
    assert judged.free  # no attempt for how a right number is written


def test_two_readings_that_are_both_wrong_are_wrong_and_cost_an_attempt():
    judged = verdict(Number(more_than=5000, integer=True), "number", answer="1,000")

    assert (judged.code, judged.free) == ("wrong", False)


def test_a_grouped_count_is_not_ambiguous():
    assert verdict(Number(equals=1234, integer=True), "number", answer="1,234").outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("typed", "outcome"), [("50", "passed"), ("54", "passed"), ("54,0", "passed"), ("> 54", "failed"), ("52", "failed")]
)
def test_other_numbers_may_be_right_as_well(typed, outcome):
    assert verdict(Number(equals=50, also=(54,)), "number", answer=typed).outcome == outcome


def test_a_known_slip_is_explained():
    assert verdict(Number(equals=50, slips={"128": "by_columns"}), "number", answer="128").hint == "by_columns"


def test_an_empty_field_is_fine_only_where_the_notebook_earns_the_points():
    assert verdict(Number(equals=50, optional=True), "number").outcome is Outcome.PASSED
    assert verdict(Number(equals=50, optional=True), "number", alone=True).code == "empty"
    assert verdict(Number(equals=50), "number").code == "empty"


def test_words_in_an_optional_field_cost_nothing_beside_a_notebook_and_fail_alone():
    optional = Number(equals=50, optional=True)

    assert (verdict(optional, "number", answer="пятьдесят").outcome, verdict(optional, "number", answer="пятьдесят").code) == (
        Outcome.PASSED,
        "unread",
    )
    assert verdict(optional, "number", answer="пятьдесят", alone=True).code == "unreadable"
    assert verdict(optional, "number", answer="51").code == "wrong"


@pytest.mark.parametrize("typed", ["128", "128.0", "128,0"])
def test_a_slip_is_known_however_it_is_written(typed):
    assert verdict(TypedCount(50, slips={"128.0": "x"}), "typed_count", answer=typed).hint == "x"
    assert verdict(Number(equals=50, slips={"128.0": "x"}), "number", answer=typed).hint == "x"

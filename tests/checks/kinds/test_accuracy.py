from __future__ import annotations

import math
from dataclasses import replace as changed

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checks.kinds.accuracy import Band, deviation
from grader.checks.kinds.typed_accuracy import Typed
from grader.checks.values import Accuracy, Outcome
from tests.checks.makers import a_model, layer, net, verdict

BOUND = Band(at_least=0.82)


def test_accuracy_at_the_bound_passes():
    assert verdict(BOUND, "accuracy", model=a_model(accuracy=4100 / 5000)).code == "passed"


def test_a_miss_within_one_deviation_of_the_sampling_counts_as_met():
    assert verdict(BOUND, "accuracy", model=a_model(accuracy=0.8146)).code == "within_sampling"  # 0.82 - 0.00543 = 0.81457


def test_a_miss_beyond_one_deviation_fails_and_says_by_how_much():
    judged = verdict(BOUND, "accuracy", model=a_model(accuracy=0.8144))

    assert (judged.outcome, judged.code) == (Outcome.FAILED, "below")
    assert judged.values == {
        "measured": 0.8144,
        "bound": 0.82,
        "more": 28,
        "images": 5000,
        "preparation": "unit",
    }


@pytest.mark.parametrize(
    ("preparation", "fed", "hint"),
    [
        ("raw", (0.0, 255.0), "hint.divide_by_255"),
        ("unit", (0.0, 255.0), None),
        ("standard", (-0.8, 2.0), None),
        ("raw", (0.0, 20.0), None),  # labels among the pixels, or another scale: the best of those tried, and not what was fed
        ("raw", (-255.0, 255.0), None),
        ("raw", None, None),
    ],
)
def test_only_who_trained_on_raw_pixels_is_told_to_divide_them(preparation, fed, hint):
    model = changed(a_model(fed=fed), accuracy={"held_out": Accuracy(0.7, 5000, preparation)})

    assert verdict(BOUND, "accuracy", model=model).hint == hint


def test_both_edges_of_a_band_forgive_one_deviation():
    band = Band(at_least=0.85, below=0.9)

    assert verdict(band, "accuracy", model=a_model(accuracy=0.904)).outcome is Outcome.PASSED
    assert verdict(band, "accuracy", model=a_model(accuracy=0.905)).code == "above"


@pytest.mark.parametrize("measured", [math.nan, math.inf, -math.inf, -0.1, 1.1, 83.0])
def test_what_is_no_share_never_passes(measured):
    assert verdict(BOUND, "accuracy", model=a_model(accuracy=measured)).outcome is Outcome.ERROR


def test_weights_that_are_not_finite_fail():
    assert verdict(BOUND, "accuracy", model=a_model(accuracy=0.9, finite=False)).code == "not_finite"


def test_a_model_that_could_not_be_measured_is_an_error_not_a_pass():
    assert verdict(BOUND, "accuracy", model=a_model(accuracy=None)).code == "not_measured"


def test_no_images_are_no_measurement():
    assert verdict(BOUND, "accuracy", model=a_model(accuracy=0.9, images=0)).outcome is Outcome.ERROR


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_more_accurate_model_never_does_worse(one, other):
    low, high = sorted((one, other))
    passes = [verdict(BOUND, "accuracy", model=a_model(accuracy=n / 5000)).outcome is Outcome.PASSED for n in (low, high)]

    assert passes[1] or not passes[0]
    assert passes[0] == (low / 5000 >= 0.82 - deviation(0.82, 5000) - 1e-12)


@pytest.mark.parametrize(
    ("first", "hint"), [("Flatten", "hint.divide_by_255"), ("Rescaling", None), ("BatchNorm2d", None), ("LayerNorm", None)]
)
def test_a_model_that_scales_its_pixels_itself_is_not_told_to_divide_them(first, hint):
    model = a_model(layers=(layer(first), *net(10)), fed=(0.0, 255.0))
    model.accuracy["held_out"] = Accuracy(0.5, 5000, "raw")  # type: ignore[index]

    assert verdict(BOUND, "accuracy", model=model).hint == hint


# ------------------------------------------------------------------ a learning rate that was asked for

ASKED = Band(at_least=0.85, below=0.9, asked_rate=0.01)


@pytest.mark.parametrize("accuracy", [0.1, 0.83, 0.93])
@pytest.mark.parametrize("rates", [(0.01,), (0.001, 0.01), (0.009999999776482582,)])
def test_a_miss_at_the_asked_rate_is_for_a_person(accuracy, rates):
    judged = verdict(ASKED, "accuracy", model=a_model(accuracy=accuracy, rates=rates))

    assert (judged.outcome, judged.code, judged.values["measured"]) == (Outcome.REVIEW, "at_rate", accuracy)


def test_a_model_that_went_to_nan_at_the_asked_rate_is_for_a_person():
    assert verdict(ASKED, "accuracy", model=a_model(accuracy=0.1, finite=False, rates=(0.01,))).code == "at_rate"


def test_a_miss_at_another_rate_fails_and_names_both():
    judged = verdict(ASKED, "accuracy", model=a_model(accuracy=0.93, rates=(0.001,)))

    assert (judged.outcome, judged.code, judged.hint) == (Outcome.FAILED, "above", "hint.other_rate")
    assert (judged.values["rate"], judged.values["asked"]) == (0.001, 0.01)


@pytest.mark.parametrize("rates", [(), (0.001,), (0.01,)])
def test_inside_the_band_no_rate_changes_anything(rates):
    plain, judged = (verdict(ASKED, "accuracy", model=a_model(accuracy=0.87, rates=some)) for some in ((), rates))

    assert judged == plain
    assert judged.outcome is Outcome.PASSED


def test_without_an_observed_rate_a_miss_fails():
    assert verdict(ASKED, "accuracy", model=a_model(accuracy=0.5)).code == "below"


def test_a_near_miss_at_the_asked_rate_is_still_tried_with_other_seeds():
    assert verdict(ASKED, "accuracy", model=a_model(accuracy=0.906, rates=(0.01,))).near_miss


# ------------------------------------------------------------------ typed figures

TYPED = Typed(at_least=0.82)


@pytest.mark.parametrize("figure", ["0.83", "0,83", "83", "83 %", "83%", "0,83 %", "83,0", "~0.83", "val acc 0.83"])
def test_every_spelling_of_a_figure_is_the_same(figure):
    assert verdict(TYPED, "typed_accuracy", model=a_model(accuracy=0.83), answer=figure).code == "passed"
    assert verdict(TYPED, "typed_accuracy", answer=figure, alone=True).outcome is Outcome.PASSED


def test_a_figure_far_from_everything_seen_fails_and_names_both():
    judged = verdict(TYPED, "typed_accuracy", model=a_model(accuracy=0.83), answer="0.95")

    assert (judged.outcome, judged.values) == (Outcome.FAILED, {"typed": 0.95, "measured": 0.83})


def test_a_figure_of_the_training_curve_is_one_that_the_student_has_seen():
    model = a_model(accuracy=0.83, curve={"accuracy": (0.7, 0.91), "val_accuracy": (0.8, 0.83), "loss": (0.5,)})

    assert verdict(TYPED, "typed_accuracy", model=model, answer="0.93").code == "passed"
    assert verdict(TYPED, "typed_accuracy", model=model, answer="0.5").code == "differs"


def test_a_figure_of_another_split_is_fine():
    model = a_model(accuracy=None)
    model.accuracy["validation"] = Accuracy(0.6, 10_000, "unit")  # type: ignore[index]

    assert verdict(TYPED, "typed_accuracy", model=model, answer="0.62").code == "passed"


def test_an_empty_field_is_fine_with_a_notebook_and_not_alone():
    assert verdict(TYPED, "typed_accuracy", model=a_model()).code == "empty"
    assert verdict(TYPED, "typed_accuracy", alone=True).outcome is Outcome.FAILED


def test_words_in_place_of_a_figure_cost_nothing_with_a_notebook():
    assert verdict(TYPED, "typed_accuracy", model=a_model(), answer="хорошее").code == "unread"
    assert verdict(TYPED, "typed_accuracy", answer="хорошее", alone=True).code == "unreadable"


@pytest.mark.parametrize(("figure", "code"), [("0.81", "too_low"), ("0.82", "alone"), ("81,9", "too_low"), ("1", "alone")])
def test_judged_alone_the_bound_of_the_key_decides(figure, code):
    assert verdict(TYPED, "typed_accuracy", answer=figure, alone=True).code == code


def test_judged_alone_a_band_has_two_edges():
    assert verdict(Typed(at_least=0.85, below=0.9), "typed_accuracy", answer="0.9", alone=True).code == "too_high"


BETWEEN = Typed(at_least=0.85, below=0.9)


@pytest.mark.parametrize("figure", ["85% < accuracy < 90%", "85-90", "от 86 до 89 %", "0,85 – 0,90", "between 86 and 88"])
def test_a_range_within_the_key_is_right(figure):
    assert verdict(BETWEEN, "typed_accuracy", answer=figure, alone=True).code == "alone"
    assert verdict(BETWEEN, "typed_accuracy", answer=figure, model=a_model(accuracy=0.87)).code == "passed"


@pytest.mark.parametrize(
    ("figure", "code"), [("80-90", "too_low"), ("85-95", "too_high"), ("0.5-1", "too_low"), ("90-85", "unreadable")]
)
def test_a_range_beyond_the_key_is_told_on_which_side(figure, code):
    assert verdict(BETWEEN, "typed_accuracy", answer=figure, alone=True).code == code


def test_a_range_far_from_everything_seen_fails():
    assert verdict(BETWEEN, "typed_accuracy", answer="85-90", model=a_model(accuracy=0.7)).code == "differs"


@pytest.mark.parametrize("figure", ["118282", "-0.83", "1e6"])
def test_a_figure_that_is_no_share_fails(figure):
    assert verdict(TYPED, "typed_accuracy", model=a_model(), answer=figure).code == "out_of_range"


@given(st.floats(0, 1))
def test_the_measured_figure_itself_is_always_right(measured):
    model = a_model(accuracy=measured)

    assert verdict(TYPED, "typed_accuracy", model=model, answer=f"{measured:.6f}").outcome is Outcome.PASSED

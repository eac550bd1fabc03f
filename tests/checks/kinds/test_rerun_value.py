from __future__ import annotations

import math
from typing import Any

import pytest

from grader.checks import extra_runs
from grader.checks.kinds.rerun_value import Computed
from grader.checks.values import CheckSpec, Evidence, Outcome, RunFacts, SourceFacts, Value
from tests.checks.makers import OK, a_rerun, a_task, a_value, verdict

M = ((1.0, 2.0), (3.0, 4.0))
WANT = Computed(
    value=50,
    original={"t1": M, "t2": M},
    inputs={"1": {"t1": M, "t2": M}, "2": {"t1": M, "t2": M}},
    labels={"1": 75, "2": 44},
    slips={"128": "by_columns"},
)
BY_HAND = SourceFacts(4, frozenset({50.0, 2.0}), frozenset({"torch", "tensor", "result"}))
COMPUTED = SourceFacts(4, frozenset({2.0}), frozenset({"torch", "tensor", "cat", "dot"}))


def judged(values, *reruns, source=COMPUTED, run=OK, answer=""):
    named = {f"t:{case}": rerun for case, rerun in zip(("1", "2"), reruns, strict=False)}
    return verdict(WANT, "rerun_value", evidence=Evidence(run, source, values=tuple(values), reruns=named), answer=answer)


def test_a_number_that_is_right_on_every_pair_of_tensors_passes():
    assert judged([a_value(50)], a_rerun(75), a_rerun(44)).outcome is Outcome.PASSED


def test_a_number_written_by_hand_fails():
    judgement = judged([a_value(50)], a_rerun(50), a_rerun(50), source=BY_HAND)

    assert (judgement.outcome, judgement.code) == (Outcome.FAILED, "written_by_hand")


def test_a_computed_number_that_does_not_move_goes_to_a_person():
    assert judged([a_value(50)], a_rerun(50), a_rerun(50)).outcome is Outcome.REVIEW


def test_a_computed_number_where_nothing_could_be_replaced_goes_to_a_person():
    judgement = judged([a_value(50)], a_rerun(50, swapped=()), a_rerun(50, swapped=("t1",)))

    assert (judgement.outcome, judgement.code) == (Outcome.REVIEW, "cannot_replace")


def test_a_number_by_hand_fails_though_nothing_could_be_replaced():
    assert judged([a_value(50)], a_rerun(50, swapped=()), a_rerun(50, swapped=()), source=BY_HAND).code == "written_by_hand"


def test_an_assertion_on_the_number_is_not_a_number_by_hand():
    source = SourceFacts(4, frozenset({50.0}), frozenset({"cat", "dot"}))

    assert judged([a_value(50)], a_rerun(50, swapped=()), a_rerun(50, swapped=()), source=source).outcome is Outcome.REVIEW


def test_a_notebook_that_breaks_on_other_tensors_goes_to_a_person():
    broken = a_rerun(None, status="error", error="AssertionError", cell=4)

    assert (judged([a_value(50)], broken, a_rerun(44)).outcome, judged([a_value(50)], broken, broken).code) == (
        Outcome.REVIEW,
        "broke",
    )


def test_an_error_after_the_number_was_left_changes_nothing():
    late: dict[str, Any] = {"status": "error", "error": "AssertionError", "cell": 5}

    assert judged([a_value(50)], a_rerun(75, **late), a_rerun(44, **late)).outcome is Outcome.PASSED


def test_a_number_that_is_wrong_on_other_tensors_fails():
    judgement = judged([a_value(50)], a_rerun(75), a_rerun(45))

    assert (judgement.code, judgement.values) == ("other_inputs", {"right": 1, "cases": 2, "names": "t1, t2"})


def test_a_wrong_number_is_explained_where_the_slip_is_known():
    judgement = judged([a_value(128)], a_rerun(1), a_rerun(2))

    assert (judgement.code, judgement.values, judgement.hint) == ("wrong", {"found": 128}, "by_columns")


def test_a_tensor_that_was_copied_with_a_mistake_is_told_before_any_slip_of_the_same_number():
    """t1 was met in a variable and replaced, t2 never: what a notebook holds in its place has other numbers."""
    judgement = judged([a_value(128)], a_rerun(1, swapped=("t1",)), a_rerun(2, swapped=("t1",)))

    assert (judgement.code, judgement.hint) == ("wrong", "hint.inputs_differ")
    assert judgement.values == {"found": 128, "names": "t2"}


@pytest.mark.parametrize("swapped", [(), ("t1", "t2", "t2")])
def test_where_all_tensors_were_met_or_none_the_slip_explains(swapped):
    assert judged([a_value(128)], a_rerun(1, swapped=swapped), a_rerun(2, swapped=swapped)).hint == "by_columns"


def test_any_place_that_is_right_everywhere_counts():
    other = Value("_", 5, "array", "float32", (1,), (50.0,))
    reruns = [a_rerun(None, values=(Value("_", 5, "array", "float32", (1,), (right,)),)) for right in (75.0, 44.0)]

    assert judged([a_value(8, "ans"), other, a_value(7, "n", cell=9)], *reruns).outcome is Outcome.PASSED


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_no_answer(odd):
    assert judged([a_value(odd)]).code == "no_value"


def test_whole_tensors_texts_and_truth_values_are_no_answer():
    tensor = Value("result", 3, "array", "int64", (2,), (50, 50))
    text = Value("result", 3, "text", "str", (), ("50",))

    assert judged([tensor, text, a_value(True)]).code == "no_value"


def test_a_typed_number_that_the_notebook_only_printed_goes_to_a_person():
    assert judged([], answer="50").outcome is Outcome.REVIEW
    assert judged([], answer="50", source=BY_HAND).outcome is Outcome.FAILED


def test_a_run_that_did_not_take_place_is_our_own_trouble():
    assert judged([a_value(50)], a_rerun(75)).outcome is Outcome.NOT_JUDGED


def test_a_run_that_was_stopped_before_any_number_cannot_be_judged():
    stopped = judged([], run=RunFacts("timeout", 2, "run.timeout_cell", {"cell": 2, "limit_s": 60}))

    assert (stopped.outcome, stopped.code) == (Outcome.ERROR, "run.timeout_cell")


def test_no_notebook_is_told_so():
    assert judged([], run=RunFacts("none")).code == "notebook.none"


def test_each_hidden_case_is_a_run_of_its_own():
    runs = extra_runs(a_task(CheckSpec("rerun_value", WANT)), {})

    assert [run.name for run in runs] == ["t:1", "t:2"]
    assert all(run.cells is None and [swap.name for swap in run.swaps] == ["t1", "t2"] for run in runs)
    assert all(run.collect[-2:] == ("_", "*") for run in runs)


def test_hidden_cases_must_belong_together():
    with pytest.raises(ValueError, match="same cases"):
        Computed(50, {"t1": M}, {"1": {"t1": M}}, {"2": 3})
    with pytest.raises(ValueError, match="every tensor"):
        Computed(50, {"t1": M}, {"1": {"t2": M}}, {"1": 3})

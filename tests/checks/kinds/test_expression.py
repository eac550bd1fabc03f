from __future__ import annotations

import pytest

from grader.checks import extra_runs
from grader.checks.kinds.expression import Changed
from grader.checks.values import Answer, CheckSpec, Evidence, Outcome, Rerun, Value
from tests.checks.makers import OK, a_task, verdict

ZEROS, ONES = (0.0,) * 4, (1.0,) * 4
WANT = Changed(given=(ZEROS,) * 4, expected=(ZEROS, ZEROS, ONES, ZEROS))
DTYPES = WANT.dtypes
RIGHT = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0)


def left(data, cell: int, dtype: str, shape=(4, 4)) -> Value:
    return Value("t1", cell, "array", dtype, shape, tuple(data))


def judged(rerun: Rerun | None, typed: str = "t1[2,:]=1"):
    evidence = Evidence(run=OK, reruns={} if rerun is None else {"t:typed": rerun})
    return verdict(WANT, "expression", answer=typed, evidence=evidence)


def all_dtypes(data) -> Rerun:
    return Rerun("t:typed", "ok", tuple(left(data, cell, dtype) for cell, dtype in enumerate(DTYPES, 1)))


def test_ones_in_the_third_row_pass_whatever_the_expression():
    assert judged(all_dtypes(RIGHT), "t1[-2]=1").outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ((0,) * 16, "unchanged"),
        ((1,) * 16, "more_changed"),
        ((*RIGHT[:12], 1, 1, 1, 1), "more_changed"),
        ((*RIGHT[4:], 0, 0, 0, 0), "other_row"),
        ((0, 0, 1, 0) * 4, "column"),
        ((*RIGHT[:11], 2, *RIGHT[12:]), "other_values"),
        ((*RIGHT[:15], float("nan")), "more_changed"),
        ((*RIGHT[:8], True, "1", None, 1, *RIGHT[12:]), "other_values"),
    ],
)
def test_another_result_is_told_what_it_is(data, code):
    assert (judged(all_dtypes(data)).outcome, judged(all_dtypes(data)).code) == (Outcome.FAILED, code)


def test_an_expression_that_fails_on_one_dtype_only_is_told_which():
    values = tuple(left(RIGHT, cell, dtype) for cell, dtype in enumerate(DTYPES[:2], 1))

    failed = judged(Rerun("t:typed", "error", values, error="RuntimeError", cell=3), "t1[2]+=0.5; t1[2]+=0.5")

    assert (failed.code, failed.values) == ("raised", {"ename": "RuntimeError", "dtype": "int64"})


def test_a_new_tensor_of_another_type_is_not_the_same_tensor():
    same = Rerun("t:typed", "ok", tuple(left(RIGHT, cell, "float32") for cell in (1, 2, 3)))

    assert (judged(same).code, judged(same).values["dtype"]) == ("dtype", "float64")


def test_a_changed_shape_is_told():
    flat = Rerun("t:typed", "ok", (left(RIGHT, 1, "float32", (16,)),))

    assert judged(flat).code == "shape"


def test_a_tensor_that_is_gone_is_told():
    assert judged(Rerun("t:typed", "ok")).code == "no_tensor"


def test_a_sandbox_that_did_not_run_is_our_own_trouble():
    assert judged(None).outcome is Outcome.NOT_JUDGED


def test_an_endless_expression_is_an_error_of_the_answer():
    assert judged(Rerun("t:typed", "timeout")).outcome is Outcome.ERROR


def test_nothing_typed_needs_no_sandbox():
    assert extra_runs(a_task(CheckSpec("expression", WANT)), {}) == ()
    assert verdict(WANT, "expression").code == "empty"


def test_a_giant_expression_is_refused_without_a_sandbox():
    giant = Answer(text="t1[2]=1;" * 1000)

    assert extra_runs(a_task(CheckSpec("expression", WANT)), {"t": giant}) == ()
    assert verdict(WANT, "expression", answer=giant).code == "too_long"


def test_each_dtype_gets_a_cell_of_its_own():
    (run,) = extra_runs(a_task(CheckSpec("expression", WANT)), {"t": Answer(text="t1[2]=1")})

    assert run.cells is not None
    assert (run.name, run.collect, len(run.cells)) == ("t:typed", ("t1",), 3)
    assert all(cell.endswith("\nt1[2]=1") and dtype in cell for cell, dtype in zip(run.cells, DTYPES, strict=True))


@pytest.mark.parametrize(
    ("typed", "ename", "hint"),
    [("t1[2]=", "SyntaxError", "hint.expression_no_value"), ("t[2]=1", "NameError", "hint.expression_name"),
     ("t1[4]=1", "IndexError", "hint.rows_from_zero"), ("t1[2]=!", "SyntaxError", None)],
)  # fmt: skip
def test_the_usual_errors_have_a_hint(typed, ename, hint):
    assert judged(Rerun("t:typed", "error", error=ename, cell=1), typed).hint == hint


def test_hints_name_the_task_s_own_tensor_and_row():
    row = judged(all_dtypes((*RIGHT[4:], 0, 0, 0, 0)))
    name = judged(Rerun("t:typed", "error", error="NameError", cell=1), "t[2]=1")

    assert (row.hint, row.values) == ("hint.rows_from_zero", {"found": 2, "row": 3, "index": 2})
    assert (name.hint, name.values["name"]) == ("hint.expression_name", "t1")


def test_a_sandbox_that_ended_by_itself_is_not_told_that_it_was_slow():
    died = judged(Rerun("t:typed", "died"), "__import__('os')._exit(0)")

    assert (died.outcome, died.code) == (Outcome.ERROR, "died")


def test_a_package_says_itself_what_the_expression_must_leave():
    corner = Changed(given=((1.0, 2.0), (3.0, 4.0)), expected=((1.0, 2.0), (3.0, 0.0)), name="m", dtypes=("int64",))

    def left_as(*data):
        rerun = Rerun("t:typed", "ok", (Value("m", 1, "array", "int64", (2, 2), data),))
        return verdict(corner, "expression", answer="m[1,1]=0", evidence=Evidence(run=OK, reruns={"t:typed": rerun}))

    assert left_as(1, 2, 3, 0).outcome is Outcome.PASSED
    assert left_as(1, 2, 3, 4).code == "unchanged"
    assert left_as(0, 2, 3, 0).code == "more_changed"
    assert left_as(1, 2, 3, 5).code == "other_values"


@pytest.mark.parametrize(
    ("given", "expected", "says"),
    [
        (((1.0,), (1.0, 2.0)), ((1.0,), (1.0, 2.0)), "same length"),
        (((1.0,),), ((1.0, 2.0),), "shape"),
        (((1.0,),), ((1.0,),), "nothing"),
    ],
)
def test_a_task_that_fits_no_tensor_is_refused(given, expected, says):
    with pytest.raises(ValueError, match=says):
        Changed(given=given, expected=expected)

"""One notebook of `./dev golden --engines` in the tests themselves, and that the comparison sees what it should."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from grader.checks.values import RunFacts, TaskStatus, TaskVerdict
from grader.submissions.values import RunResult
from tests.golden.engines import ENGINES, cases, differences, grade, seeded, warm

TASK = TaskVerdict("1.1", TaskStatus.PASSED, 1.0, 1.0, "number.passed", {"found": 0.83}, ())
NO_NOTEBOOKS = {"13_not_a_notebook", "15_truncated_download", "16_word_document"}
RESULT = RunResult("graded", RunFacts("ok"), (TASK,), 1.0, 1.0)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="the engine without a sandbox binds its folders as root")
def test_the_verdict_is_the_same_warm_cold_and_without_a_sandbox(tmp_path: Path) -> None:
    (case,) = (case for case in cases() if case.name == "15_reference")

    results = {}
    for name, make in ENGINES.items():
        engine = warm("torch") if name == "warm" else make()  # the runtime of unit 15
        results[name] = grade(case, engine, tmp_path)
        engine.close()

    assert differences(results) == []
    assert results["warm"].score == results["warm"].max_score
    assert {result.receipt.engine for result in results.values()} == set(ENGINES)
    assert len({result.receipt.evidence_digest for result in results.values()}) == 1


def test_a_difference_in_one_value_of_one_verdict_is_seen() -> None:
    other = replace(RESULT, tasks=(replace(TASK, values={"found": 0.830001}),))

    assert differences({"warm": RESULT, "cold": RESULT}) == []
    assert len(differences({"warm": RESULT, "cold": RESULT, "none": other})) == 1


def test_a_seed_goes_into_the_first_code_cell_and_what_is_no_notebook_stays_as_it_is() -> None:
    for case in cases():
        raw = case.notebook.read_bytes()
        assert (seeded(raw) == raw) == (case.name in NO_NOTEBOOKS)

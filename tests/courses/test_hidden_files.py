"""Hidden inputs and labels: files of their own, each in its folder and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignments.package import load_course
from tests.courses.makers import a_course, problems

RERUN = """\
title: {ru: Пример, en: Example}
notebook: required
runtime: torch
tasks:
  - id: "1.1"
    answer: {kind: none}
    checks:
      - kind: rerun_value
        value: 50
        original: {t1: [[1, 2]]}
        inputs: hidden/inputs/1.1.yaml
        labels: hidden/labels/1.1.yaml
        points: 1
"""
ONE_TASK = "## 1.1 Первое\n\nТекст.\n"


def with_hidden(tmp_path: Path, inputs: str, labels: str, assignment: str = RERUN) -> Path:
    hidden = {"hidden__inputs__1.1.yaml": inputs, "hidden__labels__1.1.yaml": labels}
    return a_course(tmp_path, assignment, ru=ONE_TASK, en=ONE_TASK, **hidden)


def test_hidden_cases_are_read_and_planned_as_runs(tmp_path):
    (one,) = load_course(with_hidden(tmp_path, '"1": {t1: [[3, 4]]}', '"1": 7')).assignments

    (run,) = one.tasks[0].extra_runs
    assert (run.name, run.swaps[0].replacement) == ("1.1:1", ((3.0, 4.0),))


@pytest.mark.parametrize(
    ("inputs", "labels", "says"),
    [
        ('"1": {t1: [[3, x]]}', '"1": 7', "1.1.yaml:1: "),
        ('"1": {t1: [[3, 4]]}', '"2": 7', "same cases"),
        ('"1": {t2: [[3, 4]]}', '"1": 7', "every tensor"),
    ],
)
def test_hidden_files_have_errors_of_their_own(tmp_path, inputs, labels, says):
    assert any(says in sentence for sentence in problems(with_hidden(tmp_path, inputs, labels)))


def test_a_slip_that_is_no_number_is_told_before_it_breaks_a_verdict(tmp_path):
    assignment = RERUN.replace("        points: 1\n", "        points: 1\n        slips: {12a: hint.rows_from_zero}\n")

    told = problems(with_hidden(tmp_path, '"1": {t1: [[3, 4]]}', '"1": 7', assignment))

    assert told == [
        'assignment.yaml:8: Task 1.1: check "rerun_value" has the slip "12a", which is no number. '
        "Write a wrong number and its hint."
    ]


@pytest.mark.parametrize("path", ["hidden/labels/../../../x.yaml", "labels.yaml", "/etc/passwd", "hidden/inputs/1.1.yaml"])
def test_labels_are_read_from_the_folder_for_labels_only(tmp_path, path):
    told = problems(with_hidden(tmp_path, '"1": {t1: [[3, 4]]}', '"1": 7', RERUN.replace("hidden/labels/1.1.yaml", path)))

    assert any("must name a file below hidden/labels/" in sentence for sentence in told)

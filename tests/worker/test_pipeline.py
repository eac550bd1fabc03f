from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from pathlib import Path

import pytest

from grader.checks.values import Answer, TaskStatus
from grader.submissions.values import ProgressReport, RunOrder
from tests.worker.makers import INPUTS, RIGHT, SUMS, a_notebook, graded, points
from worker import pipeline
from worker.config import WorkerConfig
from worker.slots import Slot, take


def test_a_right_notebook_earns_everything_in_three_sandboxes(cold_slot: Slot) -> None:
    stages: list[ProgressReport] = []

    result = graded(cold_slot, *RIGHT, on_progress=stages.append)

    assert (result.status, result.score, result.max_score) == ("graded", 4.0, 4.0)
    assert result.receipt.sandboxes == 3  # the notebook, and once for each hidden pair
    assert list(dict.fromkeys(p.stage for p in stages)) == [
        "preparing",
        "starting",
        "running",
        "probing",
        "judging",
    ]


def test_what_a_re_run_prints_is_shown_to_nobody_since_it_has_hidden_inputs(slot: Slot) -> None:
    seen: list[ProgressReport] = []

    result = graded(slot, INPUTS, "result = (a + b).sum()\nprint('sum', result)", on_progress=seen.append)

    assert result.receipt.sandboxes == 3
    assert {report.output_tail.strip() for report in seen} - {""} == {"sum 21"}


def test_a_file_that_a_notebook_opens_works_in_a_re_run_too(slot: Slot) -> None:
    file = "with open('x.txt', 'w') as f: f.write('1')\nf = open('x.txt')\none = int(f.read())"

    result = graded(slot, INPUTS, file, "result = (a + b).sum() * one")

    assert points(result) == {"1.1": 3.0, "1.2": 1.0}


def test_a_number_written_by_hand_does_not_survive_hidden_inputs(slot: Slot) -> None:
    result = graded(slot, INPUTS, "result = 21")

    assert points(result) == {"1.1": 0.0, "1.2": 1.0}


def test_an_exception_is_graded_with_what_was_earned_before_it(slot: Slot) -> None:
    result = graded(slot, *RIGHT, "nonsense()")

    assert (result.status, result.run.status, result.run.cell) == ("graded", "error", 3)
    assert points(result) == {"1.1": 3.0, "1.2": 1.0}


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("b = []\nwhile True: b.append(bytearray(16 << 20))", "memory"),
        ("while True: pass", "timeout"),
        ("import os; os._exit(1)", "died"),
    ],
)
def test_a_run_that_dies_with_nothing_earned_is_broken_and_says_why(cold_slot: Slot, cell: str, status: str) -> None:
    result = graded(cold_slot, cell, typed="5")

    assert (result.status, result.run.status, result.run.cell) == ("broken", status, 1)
    assert result.score == 0


def test_a_run_that_dies_keeps_what_the_typed_answers_earn(slot: Slot) -> None:
    result = graded(slot, "import os; os._exit(1)")

    assert (result.status, result.run.status) == ("graded", "died")
    assert points(result) == {"1.1": 0.0, "1.2": 1.0}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"PK\x03\x04", "preflight.not_json"),
        (b"{}", "preflight.not_notebook"),
        (b"", "preflight.empty"),
        (b"[" * 999, "preflight.too_deep"),
    ],
)
def test_a_file_that_is_no_notebook_is_broken_and_says_why(slot: Slot, raw: bytes, code: str) -> None:
    result = pipeline.grade(RunOrder(SUMS, raw, {}, b"s" * 32), slot=slot)

    assert (result.status, result.run.status) == ("broken", "rejected")
    assert result.run.code == code


def test_the_receipt_names_what_it_was_judged_by(cold_slot: Slot) -> None:
    first, again = graded(cold_slot, *RIGHT), graded(cold_slot, *RIGHT)

    receipt = first.receipt
    assert receipt.sandbox_level == ("full" if os.geteuid() == 0 else "rootless")
    assert receipt.engine.startswith("bubblewrap")
    assert all(len(digest) == 64 for digest in (receipt.package_digest, receipt.evidence_digest, receipt.runtime_lock))
    assert receipt.notebook_digest == hashlib.sha256(a_notebook(*RIGHT)).hexdigest()
    assert receipt.evidence_digest == again.receipt.evidence_digest
    assert b"s" * 32 not in repr(receipt).encode()


def test_the_executed_notebook_and_the_evidence_are_kept_as_they_came(slot: Slot) -> None:
    kept = {artefact.name: artefact.content for artefact in graded(slot, *RIGHT).artefacts}

    assert json.loads(kept["executed.ipynb"])["cells"][1]["source"] == RIGHT[1]
    assert "main-values.json" in zipfile.ZipFile(io.BytesIO(kept["evidence.zip"])).namelist()


def test_the_executed_notebook_keeps_its_markdown_in_place(slot: Slot) -> None:
    raw = json.loads(a_notebook(*RIGHT))
    raw["cells"].insert(1, {"cell_type": "markdown", "source": ["## Решение\n", "текст"], "metadata": {}})

    result = pipeline.grade(RunOrder(SUMS, json.dumps(raw).encode(), {"1.2": Answer("4")}, b"s" * 32), slot=slot)

    kept = json.loads(result.artefacts[0].content)["cells"]
    assert [cell["cell_type"] for cell in kept] == ["code", "markdown", "code"]
    assert kept[1]["source"] == "## Решение\nтекст"
    assert result.score == 4.0


def test_a_students_process_sees_neither_key_nor_labels_nor_settings(cold_slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_SITE_SECRET", "do-not-tell")
    look = (
        "import os\n"
        "for p in os.listdir('/proc'):\n"
        "    if p.isdigit():\n"
        "        try: assert 'do-not-tell' not in open(f'/proc/{p}/environ').read()\n"
        "        except OSError: pass\n"
        "names = [f for top in ('/kit', '/box', '/out', '/tmp') for _, _, fs in os.walk(top) for f in fs]\n"
        "assert 'assignment.yaml' not in names and '1.1.yaml' not in names, names\n"
        "assert 'do-not-tell' not in str(os.environ)"
    )

    result = graded(cold_slot, *RIGHT, look)

    assert result.run.status == "ok", result.run


def test_our_own_trouble_is_raised_and_never_a_verdict(tmp_path: Path) -> None:
    config = WorkerConfig(home=tmp_path, runtime=tmp_path / "no-such-runtime")
    with take("cpu", config) as slot, pytest.raises(Exception, match="did not start"):
        graded(slot, *RIGHT)


def test_nothing_is_left_after_a_run(cold_slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as place:  # short: a socket lies in it
        monkeypatch.setattr(tempfile, "tempdir", place)
        graded(cold_slot, *RIGHT)
        before = len(os.listdir("/proc/self/fd"))

        graded(cold_slot, *RIGHT)

        assert len(os.listdir("/proc/self/fd")) == before
        assert os.listdir(place) == []


def test_typed_answers_alone_run_no_notebook(slot: Slot) -> None:
    result = pipeline.grade(RunOrder(SUMS, None, {"1.2": Answer("4")}, b"s" * 32, typed_only=True), slot=slot)

    assert next(task.status for task in result.tasks if task.id == "1.2") is TaskStatus.PASSED
    assert result.receipt.sandboxes == 0

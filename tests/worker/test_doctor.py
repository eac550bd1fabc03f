from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from worker import doctor
from worker.config import WorkerConfig


def test_a_machine_that_can_grade_says_how_well_it_is_guarded() -> None:
    out = StringIO()

    call_command("doctor", stdout=out)

    assert "ok       sandbox: bubblewrap" in out.getvalue()
    assert "level " in out.getvalue()


def test_it_says_what_the_better_level_wants_where_there_is_one(tmp_path: Path) -> None:
    found = {one.name: one for one in doctor.findings(WorkerConfig(home=tmp_path))}["level"]

    if os.geteuid() == 0:
        assert (found.good, found.sentence) == (True, "full: the best")
    else:
        assert "rootless. For full: run the worker as root" in found.sentence


def test_a_machine_without_a_working_runtime_is_told_what_is_missing(tmp_path: Path) -> None:
    first = next(doctor.findings(WorkerConfig(home=tmp_path, runtime=tmp_path / "none")))

    assert not first.good
    assert first.vital
    assert "nothing can be graded" in first.sentence
    assert str(tmp_path / "none") in first.sentence


def test_the_command_fails_where_nothing_can_be_graded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = WorkerConfig(home=tmp_path, runtime=tmp_path / "none")
    monkeypatch.setattr("worker.management.commands.doctor.from_settings", lambda: config)

    with pytest.raises(CommandError, match="can't grade"):
        call_command("doctor", stdout=StringIO())


def test_named_gpus_that_are_not_here_are_missing(tmp_path: Path) -> None:
    found = {one.name: one for one in doctor.findings(WorkerConfig(home=tmp_path, gpus=("7",)))}

    assert not found["GPUs"].good

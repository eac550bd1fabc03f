"""A small trial, and one that must fail; the whole one and all that must fail are `./dev faults`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from local.paths import ROOT

pytestmark = [pytest.mark.slow]


def test_every_grade_arrives_though_receivers_misbehave_and_the_dispatcher_is_killed():
    told = _trial("--quick")

    assert "everything held" in told


def test_a_dispatcher_that_says_delivered_before_it_sends_is_caught():
    told = _trial("--weak", "says_delivered_first")

    assert "says_delivered_first: caught" in told


def _trial(*argv: str) -> str:
    command = [sys.executable, "-m", "tests.faults.run", *argv]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout

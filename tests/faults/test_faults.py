"""A small trial of each kind; the whole one is `./dev faults`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from local.paths import ROOT

pytestmark = [pytest.mark.slow]


def test_every_grade_arrives_though_receivers_misbehave_and_the_dispatcher_is_killed():
    told = _trial("--quick")

    assert "everything held" in told


@pytest.mark.parametrize("weak", ["says_delivered_first", "reads_in_the_order_of_numbers"])
def test_a_dispatcher_that_loses_messages_is_caught(weak: str):
    told = _trial("--weak", weak)

    assert f"{weak}: caught" in told


def _trial(*argv: str) -> str:
    command = [sys.executable, "-m", "tests.faults.run", *argv]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout

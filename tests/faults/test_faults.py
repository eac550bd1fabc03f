"""A small trial. The whole one is `./dev faults`; those that must fail are `./dev faults --weak all`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from local.paths import ROOT


@pytest.mark.slow
def test_every_grade_arrives_though_receivers_misbehave_and_the_dispatcher_is_killed():
    command = [sys.executable, "-m", "tests.faults.run", "--quick"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "everything held" in done.stdout

"""What the judging process may load: it holds keys, so it runs no framework and knows no database."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("django", "celery", "kombu", "torch", "tensorflow", "keras", "numpy", "psycopg", "redis")


@pytest.mark.parametrize("module", ["grader.checks", "assignments.package", "grader.catalogue"])
def test_a_fresh_process_loads_no_framework(module):
    program = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not set(loaded) & set(HEAVY)

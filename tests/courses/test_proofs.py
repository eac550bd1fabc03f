"""What the keys of 6.1, 6.2, 16.1 and 16.2 rest on, in small: `course check` runs the same programs over more seeds."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

import assignments

DL2 = Path(assignments.__file__).parent / "courses" / "dl2"
SMALL = {"6/proofs/playground.py": ["--seeds", "40", "--epochs", "300"], "16/proofs/regression.py": ["--seeds", "5"]}


def test_every_proof_of_the_course_is_tried_here():
    assert {file.relative_to(DL2).as_posix() for file in DL2.glob("*/proofs/*.py")} == set(SMALL)


@pytest.mark.parametrize("program", sorted(SMALL))
def test_every_claim_holds_as_often_as_its_key_needs(program):
    done = subprocess.run([sys.executable, DL2 / program, *SMALL[program]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    held: dict[tuple[str, float], list[bool]] = defaultdict(list)
    for line in done.stdout.splitlines():
        said = json.loads(line)
        held[said["claim"], said["at_least"]].append(said["holds"])

    assert len(held) >= 4
    for (claim, at_least), seeds in held.items():
        assert sum(seeds) >= at_least * len(seeds), claim


def _constants(source: str) -> dict[str, float]:
    """Names of capital letters that are given numbers, alone or as `K, B = 2.0, 1.5`."""
    found: dict[str, float] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts, strict=True))
            for name, given in pairs:
                if isinstance(name, ast.Name) and name.id.isupper() and isinstance(given, ast.Constant):
                    found[name.id] = float(ast.literal_eval(given))
    return found


@pytest.mark.parametrize("notebook", ["starter.ipynb", "reference.ipynb"])
def test_the_regression_that_is_proved_is_the_one_that_students_are_given(notebook):
    cells = json.loads((DL2 / "16" / notebook).read_text("utf-8"))["cells"]
    given = _constants("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    proved = _constants((DL2 / "16" / "proofs" / "regression.py").read_text("utf-8"))

    assert set(given) == {"K", "B", "NOISE", "EPOCHS", "RATE", "REPEATS"}
    assert {name: proved[name] for name in given} == given

"""No process that holds credentials parses a byte from zone A: by what the worker's process imports, and by what it reads."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Whoever reads notebooks' outputs, models or messages of a kernel. They run in sandboxes only.
PARSERS = (
    "nbclient",
    "nbformat",
    "jupyter_client",
    "zmq",
    "ipykernel",
    "IPython",
    "keras",
    "tensorflow",
    "torch",
    "h5py",
    "pickle5",
)
INSIDE_ONLY = (
    *("worker.kernels.driver", "worker.zone_a_student", "worker.zone_b_probe"),
    *(f"worker.zone_c_trusted.{name}" for name in ("evidence", "intake", "judge", "models", "notes", "report")),
)


def test_the_workers_process_loads_nothing_that_parses_a_notebooks_bytes() -> None:
    code = (
        "import django, os, sys\nos.environ['DJANGO_SETTINGS_MODULE'] = 'grader.settings'\ndjango.setup()\n"
        "import worker.tasks, worker.pipeline, worker.stages, worker.engines.warm\n"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()

    assert not [name for name in loaded if name.partition(".")[0] in PARSERS]
    assert not [name for name in loaded if name.startswith(INSIDE_ONLY)]


@pytest.mark.parametrize(
    ("file", "readers"),
    [
        ("worker/kernels/watch.py", {"events.parse"}),
        ("worker/kernels/events.py", {"json.loads"}),
        ("worker/stages.py", {"json.loads", "verdicts.load"}),
        ("worker/zone_c_trusted/verdicts.py", {"json.loads", "report.load"}),
        ("grader/submissions/report.py", set()),
        ("grader/submissions/executed.py", {"json.loads"}),
        ("worker/pipeline.py", {"preflight"}),
        ("worker/kernels/session.py", set()),
        ("worker/engines/pipes.py", set()),
    ],
)
def test_what_crosses_to_the_worker_is_read_in_these_places_and_no_others(file: str, readers: set[str]) -> None:
    """A new reader in the worker's process must be thought about: it shows here."""
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.Call)}

    found = {call for call in calls if call.split(".")[-1] in ("loads", "load", "parse", "preflight", "literal_eval", "reads")}
    assert found == readers

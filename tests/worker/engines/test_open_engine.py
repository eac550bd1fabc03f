"""The engine without a sandbox is a tool of the tests, and nothing else can reach it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from tests.worker.engines.makers import said, started
from tests.worker.engines.open_engine import OpenEngine
from worker.config import WorkerConfig
from worker.engines import engine_for

ROOT = Path(__file__).resolve().parents[3]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="it binds its folders as root")


def test_no_setting_chooses_to_run_without_a_sandbox() -> None:
    for name in ("unsandboxed", "none", "open"):
        done = subprocess.run(
            [sys.executable, "-c", "import grader.settings"],
            cwd=ROOT,
            env={**os.environ, "GRADER_ENGINE": name},
            capture_output=True,
            text=True,
            check=False,
        )

        assert f"GRADER_ENGINE='{name}' must be one of" in done.stderr


def test_every_engine_that_a_setting_can_name_is_a_sandbox(tmp_path: Path) -> None:
    for name in get_args(get_type_hints(WorkerConfig)["engine"]):
        engine = engine_for(WorkerConfig(home=tmp_path, engine=name))
        assert engine.name != OpenEngine.name
        assert engine.level != "none"
        engine.close()
    engine_for.cache_clear()


def test_the_worker_knows_nothing_of_the_tests() -> None:
    for file in (ROOT / "worker").rglob("*.py"):
        text = file.read_text()
        assert "import tests" not in text, file
        assert "from tests" not in text, file


@as_root
def test_it_gives_the_names_that_a_program_in_a_sandbox_knows() -> None:
    engine = OpenEngine()

    with started(engine, "import os; open('/out/fact', 'w').write(os.getcwd())") as sandbox:
        assert sandbox.process.wait(20) == 0, sandbox.errors()
        with os.fdopen(os.open("fact", os.O_RDONLY, dir_fd=sandbox.out_fd)) as file:
            assert file.read() == "/box"
    engine.close()
    assert not Path(engine.trees.name).exists()


@as_root
def test_it_holds_nobody_and_says_so() -> None:
    uid, seen = said(OpenEngine(), f"print(json.dumps([os.getuid(), os.path.exists({str(ROOT)!r})]))")

    assert (uid, seen) == (0, True)
    assert OpenEngine.level == "none"

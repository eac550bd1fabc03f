"""`./dev up` as a person meets it: what it refuses, what it leaves, what it keeps, and the check of a whole machine."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local import up
from local.paths import PYTHON, ROOT
from local.say import Trouble
from local.servers import postgres
from local.site import Address, free_port
from local.start import Plan
from tests.local.toys import lives

UP = [str(PYTHON), "-m", "local.up"]


@pytest.fixture
def home() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="hwg-test-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def environment(home: Path, port: int) -> dict[str, str]:
    """As a person's: without the servers and secrets of the tests."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "GRADER_SITE_SECRET", "GRADER_DEMO"}
    return {**{k: v for k, v in os.environ.items() if k not in ours}, "GRADER_HOME": str(home), "PORT": str(port)}


def test_a_taken_port_is_said_at_once_and_another_is_named(home: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = subprocess.run(UP, cwd=ROOT, env=environment(home, port), capture_output=True, text=True, check=False, timeout=30)

    assert done.returncode == 1
    assert f"PORT={port + 1} ./dev up" in done.stderr


def test_a_port_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", "eighty")

    with pytest.raises(Trouble, match="PORT='eighty' is no port"):
        up.address_wanted()


def test_two_services_never_share_a_home(home: Path):
    first = up.only_one(home)

    with pytest.raises(Trouble, match=r"Another \./dev up is at work"):
        up.only_one(home)

    first.close()
    up.only_one(home).close()


@pytest.mark.parametrize(
    ("said", "wanted"), [("0", False), ("false", False), ("No", False), ("", True), ("1", True), ("on", True)]
)
def test_the_demo_is_off_however_one_says_no(said: str, wanted: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_DEMO", said)

    assert up.demo_wanted() is wanted


def test_a_demo_that_is_neither_on_nor_off_is_refused_by_name(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_DEMO", "nein")

    with pytest.raises(Trouble, match="GRADER_DEMO='nein' is neither yes nor no"):
        up.demo_wanted()


def test_on_an_address_that_others_reach_there_are_no_known_passwords(home: Path):
    plan = Plan(home, Address("0.0.0.0", 8000), demo=False)

    said = up.welcome(plan, 5.0)

    assert "password\n" not in said
    assert "first_admin" in said


def ready(process: subprocess.Popen[bytes], port: int, within_s: float = 90) -> float:
    """Seconds until the log-in page is there."""
    begun = time.monotonic()
    while time.monotonic() - begun < within_s:
        assert process.poll() is None, "./dev up ended"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=5) as answer:
                if answer.status == 200 and b"csrfmiddlewaretoken" in answer.read():
                    return time.monotonic() - begun
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"not ready within {within_s:.0f} s")


def family(pid: int) -> set[int]:
    """All processes that descend from `pid`, as far as /proc tells."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def mine_in_tmp(pids: set[int]) -> set[Path]:
    """The folders of /tmp that these processes were told of, by command line or environment."""
    found: set[str] = set()
    for pid in pids:
        for file in ("cmdline", "environ"):
            try:
                found |= set(re.findall(r"/tmp/hwg-(?!test)[\w-]+", Path(f"/proc/{pid}/{file}").read_text(errors="replace")))
            except OSError:
                continue
    return {Path(path) for path in found}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_up_killed_leaves_nothing_and_up_again_is_fast_and_keeps_everything(home: Path):
    port = free_port()
    env = environment(home, port)
    first = subprocess.Popen(UP, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ready(first, port)
    count = [
        str(PYTHON),
        "manage.py",
        "shell",
        "-v0",
        "-c",
        "from grader.accounts.models import User; print(User.objects.count())",
    ]
    # A command in another terminal finds the databases by the file that `up` keeps in its home.
    people = subprocess.run(count, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout.split()[-1]
    time.sleep(3)  # workers and beat are up too
    everyone = family(first.pid)
    left_in_tmp = mine_in_tmp(everyone)

    first.kill()
    first.wait()

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(map(lives, everyone)):
        time.sleep(0.2)
    assert len(everyone) > 10, "Postgres, Valkey, web, two pools and beat"
    assert [pid for pid in everyone if lives(pid)] == []
    assert len(left_in_tmp) == 2, "sockets, and what workers lay aside"
    assert [path for path in (home / "environment", *left_in_tmp) if path.exists()] == []

    second = subprocess.Popen(UP, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took_s = ready(second, port)
    still = subprocess.run(count, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout.split()[-1]
    everyone = family(second.pid)
    second.send_signal(signal.SIGINT)

    assert second.wait(timeout=60) == 0
    assert [pid for pid in everyone if lives(pid)] == []
    assert still == people
    assert took_s < 60


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_up_check_tries_the_whole_way_and_leaves_nothing(tmp_path: Path):
    given = postgres.with_database(os.environ["DATABASE_URL"], "given_to_the_check")
    postgres.database_create(os.environ["DATABASE_URL"], "given_to_the_check")
    env = environment(tmp_path, 1) | {"DATABASE_URL": given, "REDIS_URL": os.environ["REDIS_URL"]}
    before = {entry.name for entry in Path("/tmp").glob("hwg-*")}

    done = subprocess.run([*UP, "--check"], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=580)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("dl2/13: 10 of 10 points")
    assert {entry.name for entry in Path("/tmp").glob("hwg-check-*")} <= before
    with psycopg.connect(given) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)

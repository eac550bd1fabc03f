"""The supervisor's promises: order, readiness, back-off, and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.paths import ROOT
from local.process.service import OneShot, Service
from local.process.supervisor import ServiceFailed, Supervisor
from tests.local.toys import a_service, a_stubborn_service, lives, pids_of

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(told: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tell=told.append)
    yield made
    made.stop()


def soon(question: Callable[[], bool], within_s: float = 15.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and not question():
        time.sleep(0.05)
    return question()


def test_a_service_is_started_only_when_the_one_before_is_ready(supervisor: Supervisor, tmp_path: Path):
    first = a_service(tmp_path, "first")
    supervisor.start(first)

    was_ready = first.ready()

    assert was_ready


def test_stopping_ends_a_service_and_the_processes_it_made(supervisor: Supervisor, tmp_path: Path):
    supervisor.start(a_service(tmp_path))
    pids = pids_of(tmp_path)

    supervisor.stop_since(0)

    assert len(pids) == 2
    assert not any(map(lives, pids))


def test_services_are_stopped_in_reverse_order(supervisor: Supervisor, told: list[str], tmp_path: Path):
    for name in ("database", "queue", "web"):
        supervisor.start(a_service(tmp_path, name))

    supervisor.stop_since(0)

    assert [line.split()[1] for line in told] == ["web", "queue", "database"]


def test_a_service_that_ignores_term_gets_the_next_signal_after_its_grace(supervisor: Supervisor, tmp_path: Path):
    supervisor.start(a_stubborn_service(tmp_path))
    (pid,) = pids_of(tmp_path, "stubborn")

    begun = time.monotonic()
    supervisor.stop_since(0)

    assert not lives(pid)
    assert time.monotonic() - begun < 5


def test_a_service_that_ends_at_once_is_an_error_that_shows_its_last_words(supervisor: Supervisor, tmp_path: Path):
    broken = Service("broken", (sys.executable, "-c", "raise SystemExit('no such database')"), {}, tmp_path, tmp_path / "b.log")
    broken = Service(**{**broken.__dict__, "ready": lambda: False})

    with pytest.raises(ServiceFailed, match="no such database"):
        supervisor.start(broken)


def test_a_one_shot_that_fails_is_an_error_that_shows_its_last_words(supervisor: Supervisor, tmp_path: Path):
    argv = (sys.executable, "-c", "raise SystemExit('column is missing')")

    with pytest.raises(ServiceFailed, match="column is missing"):
        supervisor.run(OneShot("migrate", argv, {}, tmp_path, tmp_path / "migrate.log"))


def test_a_one_shot_that_never_ends_is_ended(supervisor: Supervisor, tmp_path: Path):
    argv = (sys.executable, "-c", "import time; time.sleep(60)")

    with pytest.raises(ServiceFailed, match="longer than 1 s"):
        supervisor.run(OneShot("migrate", argv, {}, tmp_path, tmp_path / "migrate.log", within_s=1))


def test_a_killed_worker_is_started_again(supervisor: Supervisor, told: list[str], tmp_path: Path):
    supervisor.start(a_service(tmp_path, restart=True))
    first, child = pids_of(tmp_path)

    os.kill(first, signal.SIGKILL)
    supervisor.watch(until=lambda: pids_of(tmp_path)[:1] not in ([], [first]))

    assert "starting it again in 1 s" in told[0]
    assert not lives(child), "what the killed one had started must not go on beside the new one"
    assert lives(pids_of(tmp_path)[0])


def test_a_service_that_keeps_ending_is_started_less_and_less_often(supervisor: Supervisor, told: list[str], tmp_path: Path):
    supervisor.start(a_service(tmp_path, code="import sys; open(sys.argv[1], 'w').write('1')", restart=True))

    supervisor.watch(until=lambda: len(told) >= 3)

    assert [line.rpartition(" in ")[2].split(" s.")[0] for line in told] == ["1", "2", "4"]


def test_a_database_that_ends_takes_everything_down(supervisor: Supervisor, tmp_path: Path):
    supervisor.start(a_service(tmp_path, restart=False))
    os.kill(pids_of(tmp_path)[0], signal.SIGKILL)

    with pytest.raises(ServiceFailed, match="toy ended \\(SIGKILL\\)"):
        supervisor.watch()


# A supervisor in a process of its own, to be ended from outside.
_ALONE = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from local.process.supervisor import Supervisor
    from tests.local.toys import a_service, a_stubborn_service
    folder = Path(sys.argv[1])
    supervisor = Supervisor(tell=print)
    supervisor.listen()
    doomed = folder / "sockets"
    doomed.mkdir()
    supervisor.remove_at_end(doomed)
    supervisor.start(a_service(folder))
    supervisor.start(a_stubborn_service(folder))
    supervisor.watch()
    supervisor.stop()
    """
)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", _ALONE, str(tmp_path)], cwd=ROOT)
    assert soon(lambda: (tmp_path / "stubborn.pids").exists() and (tmp_path / "stubborn.pids").read_text() != "")
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_polite_signal_stops_everything_in_order(alone: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals):
    pids = pids_of(tmp_path) + pids_of(tmp_path, "stubborn")

    alone.send_signal(number)

    assert alone.wait(timeout=15) == 0
    assert not any(map(lives, pids))
    assert not (tmp_path / "sockets").exists()


def test_a_killed_supervisor_leaves_nothing_behind(alone: subprocess.Popen[bytes], tmp_path: Path):
    pids = pids_of(tmp_path) + pids_of(tmp_path, "stubborn")

    alone.kill()

    assert soon(lambda: not any(map(lives, pids))), "also what ignores TERM, and what its services had started"
    assert soon(lambda: not (tmp_path / "sockets").exists())

"""What only the landlock level has to do by itself: keep apart what shares the host's names, and leave nothing behind."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.engines.makers import BEGIN, a_landlock_engine, said, started
from worker.engines import fence, landlock
from worker.engines.base import Bind, EngineError, SandboxLimits, SandboxSpec
from worker.engines.landlock import LandlockEngine

pytestmark = pytest.mark.skipif(fence.abi() < fence.NEEDED_ABI, reason="this kernel has no Landlock of ABI 6: level refused")
REFUSED = "def refused(step):\n  try: step()\n  except OSError as e: return e.errno in (1, 13, 18, 95)\n  return False\n"


@pytest.fixture
def engine() -> LandlockEngine:
    return a_landlock_engine()


@pytest.fixture
def secret() -> Iterator[Path]:
    """A file of the worker's that anybody may read by its mode."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        path = Path(name) / "secret"
        path.write_text("labels")
        path.chmod(0o666)
        yield path


def test_a_file_of_the_hosts_is_not_read_written_or_removed_though_its_mode_allows_it(
    engine: LandlockEngine, secret: Path
) -> None:
    code = f"p = {str(secret)!r}\n" + REFUSED
    code += "steps = [lambda: open(p), lambda: open(p, 'a'), lambda: os.truncate(p, 0), lambda: os.unlink(p)]\n"
    code += "steps += [lambda: os.rename(p, R + '/box/x'), lambda: os.link(p, R + '/box/x')]\n"
    code += "steps += [lambda: os.listdir(os.path.dirname(p))]\n"
    code += "print(json.dumps([refused(step) for step in steps]))"

    assert said(engine, code) == [True] * 7

    assert secret.read_text() == "labels"


def test_modes_and_times_of_the_hosts_files_stay_as_they_are(engine: LandlockEngine, secret: Path) -> None:
    before = secret.stat()
    code = f"p = {str(secret)!r}\nos.chmod(p, 0o777); os.utime(p, (1, 1))\n" + REFUSED
    code += "steps = [lambda: os.chown(p, os.getuid(), os.getgid()), lambda: os.setxattr(p, 'user.x', b'1')]\n"
    code += "print(json.dumps([refused(step) for step in steps]))"

    assert said(engine, code) == [True, True]

    after = secret.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid) == (before.st_mode, before.st_mtime, before.st_uid)


def test_a_socket_of_the_hosts_is_not_reached(engine: LandlockEngine, secret: Path) -> None:
    path = str(secret.with_name("socket"))
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as letters:
        listening.bind(path)
        listening.listen()
        letters.bind(path + "2")
        for name in (path, path + "2"):
            os.chmod(name, 0o777)
        code = f"import socket\np = {path!r}\n" + REFUSED
        code += "def pair():\n  a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); a.sendto(b'x', p + '2')\n"
        code += "print(json.dumps([refused(lambda: socket.socket(socket.AF_UNIX).connect(p)), refused(pair),"
        code += " refused(lambda: socket.socketpair()[0].connect(p))]))"

        assert said(engine, code) == [True, True, True]

        letters.setblocking(False)
        with pytest.raises(BlockingIOError):
            letters.recv(16)


def test_the_worker_is_not_signalled_limited_slowed_or_looked_into(engine: LandlockEngine) -> None:
    code = f"import resource, signal\npid = {os.getpid()}\n" + REFUSED
    code += (
        "steps = [lambda: os.kill(pid, 0), lambda: os.kill(os.getppid(), signal.SIGKILL), lambda: open(f'/proc/{pid}/cmdline'),"
    )
    code += " lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1)), lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),"
    code += " lambda: os.readlink(f'/proc/{pid}/cwd')]\nos.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))\n"
    code += "print(json.dumps([refused(step) for step in steps]))"

    assert said(engine, code) == [True] * 6

    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_its_own_processes_are_its_own_to_signal(engine: LandlockEngine) -> None:
    code = "import subprocess\nchild = subprocess.Popen(['/usr/bin/sleep', '60']); child.kill(); print(json.dumps(child.wait()))"

    assert said(engine, code) == -9


def test_what_it_writes_is_bounded_in_sum_by_its_end(engine: LandlockEngine) -> None:
    fill = BEGIN + "for n in range(64): open(f'{R}/box/{n}', 'wb').write(bytes(16 << 20))\nimport time; time.sleep(60)"
    limits = SandboxLimits(work_mb=64, out_mb=16, file_mb=32)
    with started(engine, fill, limits=limits) as sandbox:
        assert sandbox.process.wait(timeout=30) == fence.TOO_MUCH


def test_so_are_the_files_in_number(engine: LandlockEngine) -> None:
    with started(
        engine, BEGIN + "for n in range(60000): open(f'{R}/box/{n}', 'w').close()\nimport time; time.sleep(60)"
    ) as sandbox:
        assert sandbox.process.wait(timeout=30) == fence.TOO_MUCH


def test_a_tree_goes_with_its_sandbox_and_its_out_with_the_last_who_has_it_open(engine: LandlockEngine) -> None:
    with started(engine, BEGIN + "open(R + '/out/fact', 'w').write('kept')") as sandbox:
        assert sandbox.process.wait(timeout=20) == 0
        kept = os.dup(sandbox.out_fd)
    root = sandbox.root  # type: ignore[attr-defined]

    assert os.listdir(root) == ["out"]
    assert os.listdir(kept) == ["fact"]
    os.close(kept)
    said(engine, "print(1)")
    assert not root.exists()


def test_nobody_else_on_the_machine_may_enter_a_tree(engine: LandlockEngine) -> None:
    with started(engine, "import time; time.sleep(60)") as sandbox:
        facts = sandbox.root.stat()  # type: ignore[attr-defined]

    assert facts.st_mode & 0o007 == 0
    assert facts.st_uid == os.geteuid()
    assert facts.st_gid == (61001 if os.geteuid() == 0 else os.getegid())


def test_trees_of_a_dead_worker_are_removed(engine: LandlockEngine) -> None:
    child = os.fork()
    if child == 0:
        sandbox = started(engine, "import time; time.sleep(600)")
        Path(f"{tempfile.gettempdir()}/tree-of-{os.getpid()}").write_text(str(sandbox.root))  # type: ignore[attr-defined]
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    note = Path(f"{tempfile.gettempdir()}/tree-of-{child}")
    root = Path(note.read_text())
    note.unlink()
    assert root.exists()
    time.sleep(0.3)

    a_landlock_engine()

    assert not root.exists()


def test_a_kernel_that_is_too_old_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "abi", lambda: 5)

    with pytest.raises(EngineError, match=r"ABI 6 \(Linux 6.12\); here it is 5"):
        LandlockEngine()


@pytest.mark.skipif(os.geteuid() != 0, reason="only another uid than the worker's can be kept out")
def test_a_runtime_that_the_slots_uid_can_not_open_is_refused_in_words(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    assert "closed is closed to others" in landlock.unreachable_runtime(closed / "venv")


def test_what_could_not_begin_says_why(engine: LandlockEngine) -> None:
    with pytest.raises(EngineError, match="did not start: FileNotFoundError"):
        engine.start(SandboxSpec("judge", ("/nowhere/python",), 61001))


def test_folders_that_can_not_be_made_are_our_trouble_in_words_and_leave_nothing(engine: LandlockEngine, tmp_path: Path) -> None:
    gone = Bind(tmp_path / "gone", "/kit/gone")

    with pytest.raises(EngineError, match=r"could not be made: .*gone"):
        started(engine, "pass", binds=(gone,))

    assert not list(Path(tempfile.gettempdir()).glob(f"{landlock.PREFIX}-{os.getpid()}-*/kit"))

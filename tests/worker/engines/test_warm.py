from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.engines.makers import a_warm_engine, said
from worker.config import WorkerConfig
from worker.engines import warm, zygotes
from worker.engines.base import EngineError, SandboxSpec
from worker.engines.view import Mount
from worker.engines.warm import Refused, WarmEngine, wait_until_warm
from worker.kernels import session
from worker.kernels.request import Request, SessionLimits
from worker.slots import take


@pytest.fixture
def engine() -> Iterator[WarmEngine]:
    made = a_warm_engine()
    yield made
    made.close()


def forked(engine: WarmEngine) -> bool:
    """Whether the plain zygote serves now."""
    spec = SandboxSpec("judge", ("/venv/bin/python", "-I", "-c", "pass"), 61001)
    try:
        with engine._warm(engine.zygotes["plain"], spec) as sandbox:
            return sandbox.process.wait(20) == 0
    except Refused:
        return False


def test_a_zygote_that_died_is_replaced_and_the_request_served_cold(engine: WarmEngine) -> None:
    process = engine.zygotes["plain"].process
    assert process is not None
    process.kill()
    process.wait()

    assert said(engine, "print(json.dumps(1))") == 1

    wait_until_warm(engine, "plain")
    assert forked(engine)


def test_a_zygote_that_hangs_is_replaced(engine: WarmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.engines.zygotes.START_S", 1.0)
    process = engine.zygotes["plain"].process
    assert process is not None
    os.kill(process.pid, 19)  # SIGSTOP: it takes connections and never answers

    assert said(engine, "print(json.dumps(1))") == 1

    monkeypatch.setattr("worker.engines.zygotes.START_S", 20.0)
    wait_until_warm(engine, "plain")


def test_where_a_fork_can_make_no_sandbox_the_cold_engine_does(engine: WarmEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_view", lambda _spec: [Mount("bind", "/nowhere", "/does/not/exist")])

    for _ in range(warm.GIVE_UP):
        until = time.monotonic() + 20
        while not engine.zygotes["plain"].ready() and time.monotonic() < until:
            time.sleep(0.05)
        assert said(engine, "print(json.dumps(1))") == 1

    assert engine.zygotes["plain"].failures == warm.GIVE_UP
    assert said(engine, "print(json.dumps(1))") == 1


def test_a_zygote_that_still_imports_is_left_to_it_and_not_waited_for(tmp_path: Path) -> None:
    engine = WarmEngine()
    engine.warm_up(["tensorflow"])
    pid = engine.zygotes["tensorflow"].pid()
    began = time.monotonic()

    with engine.start(SandboxSpec("judge", ("/venv/bin/python", "-I", "-c", "pass"), 61001, runtime="tensorflow")) as sandbox:
        assert sandbox.process.wait(20) == 0

    assert time.monotonic() - began < 3
    wait_until_warm(engine, "tensorflow")
    assert engine.zygotes["tensorflow"].pid() == pid
    engine.close()


def test_a_zygote_that_dies_takes_its_sandboxes_with_it(engine: WarmEngine) -> None:
    spec = SandboxSpec("judge", ("/venv/bin/python", "-I", "-c", "import time; time.sleep(60)"), 61001)
    with engine._warm(engine.zygotes["plain"], spec) as sandbox:
        process = engine.zygotes["plain"].process
        assert process is not None
        process.kill()
        process.wait()

        assert sandbox.process.wait(10) != 0

    until = time.monotonic() + 5
    while Path(f"/proc/{sandbox.process.pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{sandbox.process.pid}").exists()


def test_a_zygotes_environment_and_memory_hold_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_SITE_SECRET", "do-not-tell-anybody")
    engine = a_warm_engine()
    process = engine.zygotes["plain"].process
    assert process is not None

    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    descriptors = os.listdir(f"/proc/{process.pid}/fd")

    assert b"do-not-tell" not in environment
    assert len(descriptors) <= 8  # streams, its socket, its selector, and the pair that wakes it
    engine.close()


def test_two_sandboxes_do_not_draw_the_same_numbers(engine: WarmEngine) -> None:
    code = "import random, numpy\nprint(json.dumps([random.random(), float(numpy.random.rand())]))"

    first, second = said(engine, code), said(engine, code)

    assert first[0] != second[0]
    assert first[1] != second[1]


def test_a_child_sees_none_of_the_workers_modules(engine: WarmEngine) -> None:
    names = said(engine, "print(json.dumps([n for n in sys.modules if n.partition('.')[0] in ('worker', 'grader', 'django')]))")

    assert names == []


def test_a_zygote_is_replaced_after_its_number_of_forks(engine: WarmEngine) -> None:
    served = 0
    while forked(engine) and served < 400:
        served += 1

    assert 150 < served <= 200  # some of its forks went into warming up
    assert said(engine, "print(json.dumps(1))") == 1
    wait_until_warm(engine, "plain")


def test_what_an_old_zygote_still_holds_is_served_to_its_end(engine: WarmEngine) -> None:
    spec = SandboxSpec("judge", ("/venv/bin/python", "-I", "-c", "input(); print('served')"), 61001)
    with engine._warm(engine.zygotes["plain"], spec) as sandbox:
        while forked(engine):
            pass
        engine.zygotes["plain"].start()
        wait_until_warm(engine, "plain")

        assert sandbox.process.stdin is not None
        assert sandbox.process.stdout is not None
        sandbox.process.stdin.write(b"\n")
        sandbox.process.stdin.flush()

        assert sandbox.process.stdout.read() == b"served\n"


def test_a_run_whose_zygote_dies_is_our_trouble_and_not_the_notebooks(engine: WarmEngine, tmp_path: Path) -> None:
    def kill_the_zygote(cell: int | None, _seen: object) -> None:
        os.kill(engine.zygotes["plain"].pid(), 9)

    limits = SessionLimits(20, 20, 500, 40, 2)
    with take("cpu", WorkerConfig(home=tmp_path)) as slot, pytest.raises(EngineError):
        session.run(engine, slot, Request(("import time; time.sleep(15)",), limits), kill_the_zygote, lambda: False)


def test_a_process_of_the_pool_replaces_a_zygote_that_its_parent_made(engine: WarmEngine) -> None:
    old = engine.zygotes["plain"].pid()
    os.kill(old, 19)  # it hangs
    child = os.fork()
    if child == 0:
        zygotes.START_S = 1.0
        ok = said(engine, "print(json.dumps(1))") == 1 and engine.zygotes["plain"].pid() != old
        os._exit(0 if ok else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_nothing_is_left_of_an_engine_that_was_closed() -> None:
    engine = a_warm_engine()
    folder = engine.zygotes["plain"].folder
    process = engine.zygotes["plain"].process
    assert process is not None

    engine.close()

    assert not folder.exists()
    assert not Path(f"/proc/{process.pid}").exists()

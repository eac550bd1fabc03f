"""Real workers, real sandbox, real Redis: whatever dies, a submission is graded once, a moment later, by itself."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from django.db import connection

from grader import queue
from grader.gradebook.models import Grade
from grader.gradebook.services import submission_stop
from grader.submissions.models import Progress, Run, Submission, TaskResult, WorkerPresence
from local.paths import PYTHON, ROOT
from local.process.spawn import dies_with_parent
from tests.factories import Cast, a_cast, a_submission, the_run
from tests.plugins.running_site import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SLOW_CELL = "import time\nfor second in range(6):\n    print('second', second, flush=True)\n    time.sleep(1)\nprint(50)"


class Processes:
    """Celery processes of this test, each in a group of its own, on pytest's own database and Redis."""

    def __init__(self, log: Path) -> None:
        self._log, self._running = log, list[subprocess.Popen[bytes]]()
        database = f"postgresql://{connection.settings_dict['USER']}@/{connection.settings_dict['NAME']}"
        host = connection.settings_dict["HOST"]
        self._env = {
            **os.environ,
            "DATABASE_URL": f"{database}?host={host}",
            "GRADER_ROLE": "worker",
            "GRADER_LEASE_S": "6",
            "GRADER_SWEEP_S": "1",
            "GRADER_CPU_SLOTS": "1",
            "GRADER_GPUS": "3",  # no such device is needed: what the notebook is told of it is tried
            "GRADER_GPU_WAIT_S": "1",
        }

    def celery(self, *argv: str) -> subprocess.Popen[bytes]:
        log: IO[bytes]
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [str(PYTHON), "-m", "celery", "-A", "grader.queue", *argv, "-l", "INFO"],
                env=self._env,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )
        self._running.append(process)
        return process

    def grader(self, name: str, queue: str = "grade.cpu") -> subprocess.Popen[bytes]:
        return self.celery("worker", "-n", f"{name}@%h", "-Q", queue, "-c", "1", "--without-gossip", "--without-mingle")

    def sweepers(self) -> None:
        self.celery("worker", "-n", "duties@%h", "-Q", "maintenance", "-c", "1", "--without-gossip", "--without-mingle")
        self.celery("beat", "-s", str(self._log.with_name("beat.db")), "--pidfile=")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        self._running.remove(process)

    def end(self) -> None:
        for process in list(self._running):
            self.kill(process)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with _processes(tmp_path / "celery.log") as found:
        yield found


@contextmanager
def _processes(log: Path) -> Iterator[Processes]:
    log.touch()
    found = Processes(log)
    try:
        yield found
    except BaseException:
        print(log.read_text(errors="replace")[-8000:])
        raise
    finally:
        found.end()
        print(log.read_text(errors="replace")[-8000:])


def flush_redis() -> None:
    with queue.app.connection_for_write() as found:
        found.default_channel.client.flushall()  # type: ignore[attr-defined]  # the Redis transport's


def graded(submission: Submission) -> bool:
    submission.refresh_from_db()
    return submission.state == "graded"


def graded_once(submission: Submission) -> None:
    run = the_run(submission)
    assert Run.objects.filter(submission=submission).count() == 1
    assert (run.state, run.result, run.run_status, run.score) == ("done", "graded", "ok", 3)
    assert TaskResult.objects.filter(run=run).count() == 1
    grade = Grade.objects.get(student=submission.student)
    assert (grade.score, grade.version, grade.state, grade.history.count()) == (3, 1, "graded", 1)
    assert submission.charged


def test_a_worker_killed_while_it_grades_and_redis_flushed_meanwhile_leave_one_grade(processes: Processes):
    submission = a_submission(a_cast(), cell=SLOW_CELL)
    first = processes.grader("first")
    wait_for(lambda: Progress.objects.filter(stage="running").exists(), within_s=60, what="a running cell")
    assert WorkerPresence.objects.get().queues == ["grade.cpu"]

    processes.kill(first)
    flush_redis()
    processes.grader("second")
    processes.sweepers()

    wait_for(lambda: graded(submission), within_s=60, what="the grade by another worker")
    graded_once(submission)
    assert (the_run(submission).claim, the_run(submission).claims_lost) == (2, 1)


def test_redis_flushed_while_a_submission_waits_leaves_it_graded_once(processes: Processes):
    submission = a_submission(a_cast(), cell="print(50)")
    flush_redis()
    processes.grader("only")
    processes.sweepers()

    wait_for(lambda: graded(submission), within_s=60, what="the grade after the flush")
    graded_once(submission)
    assert the_run(submission).claims_lost == 0


def test_a_submission_cancelled_while_it_runs_stops_its_notebook(processes: Processes):
    cast = a_cast()
    submission = a_submission(cast, cell=SLOW_CELL.replace("range(6)", "range(60)"))
    processes.grader("only")
    wait_for(lambda: Progress.objects.filter(stage="running").exists(), within_s=60, what="a running cell")
    submission_stop(submission, by=cast.student)
    after = a_submission(cast, cell="print(50)", student=cast.classmate)

    wait_for(lambda: graded(after), within_s=40, what="the next submission on the only slot")
    submission.refresh_from_db()
    assert submission.state == "cancelled"


def test_a_worker_told_to_stop_hands_its_run_to_the_next_one_uncounted(processes: Processes):
    submission = a_submission(a_cast(), cell=SLOW_CELL)
    first = processes.grader("first")
    wait_for(lambda: Progress.objects.filter(stage="running").exists(), within_s=60, what="a running cell")

    os.kill(first.pid, signal.SIGTERM)
    os.kill(first.pid, signal.SIGQUIT)
    first.wait(20)
    assert (the_run(submission).state, the_run(submission).claims_lost) == ("queued", 0)

    processes.grader("second")
    processes.sweepers()
    wait_for(lambda: graded(submission), within_s=60, what="the grade by another worker")
    graded_once(submission)


def a_cast_with_device(device: str) -> Cast:
    cast = a_cast()
    cast.lab.device = device
    cast.lab.save()
    return cast


def test_a_run_for_a_gpu_sees_its_workers_device_and_no_other(processes: Processes):
    cell = "import os\nassert os.environ['CUDA_VISIBLE_DEVICES'] == '3'"
    submission = a_submission(a_cast_with_device("gpu"), cell=cell)
    processes.grader("cpu", "grade.cpu")
    processes.grader("gpu", "grade.gpu")

    wait_for(lambda: graded(submission), within_s=60, what="the grade by the GPU's worker")
    run = the_run(submission)
    assert (run.run_status, run.queue, run.device, run.fell_back) == ("ok", "grade.gpu", "gpu:3", False)


def test_a_run_that_would_rather_have_a_gpu_is_graded_on_a_cpu_when_none_is_served(processes: Processes):
    cell = "import os\nassert os.environ['CUDA_VISIBLE_DEVICES'] == ''"
    submission = a_submission(a_cast_with_device("prefer-gpu"), cell=cell)
    processes.grader("cpu", "grade.cpu")
    processes.sweepers()

    wait_for(lambda: graded(submission), within_s=60, what="the grade on a CPU")
    run = the_run(submission)
    assert (run.run_status, run.queue, run.device, run.fell_back) == ("ok", "grade.cpu", "cpu", True)
    assert run.notes[-1][0] == "note.gpu_fallback"

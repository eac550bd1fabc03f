"""The worker's doorway: a Celery task takes an id and grades the run that has it. It may run twice; the second does nothing.

The task is a shepherd. The notebook runs in sandboxes that `worker.pipeline` starts; beside it one thread (`Hold`) keeps
the lease alive, writes progress and looks whether the run is still ours. It is the only thread that talks to the database
meanwhile, so the pipeline itself needs none. A worker killed at any instruction leaves a lease that runs out, and the
sweeper gives the run to another.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import Error, connection

from grader.gradebook.services import run_give_back, run_record
from grader.queue import GRADE, app, ring
from grader.submissions.claims import (
    run_claim,
    run_hand_back,
    run_heartbeat,
    run_held,
    run_in_turn,
    run_order,
    run_progress,
    run_queue,
)
from grader.submissions.values import Claim, ProgressReport
from worker import presence  # noqa: F401 - listens to the worker's signals

if TYPE_CHECKING:
    from worker.slots import Slot

log = logging.getLogger(__name__)

TICK_S = 0.2  # people watch; a tick without news asks nothing
LOOK_S = 2.0


@app.task(name=GRADE)
def grade(run_id: int) -> None:
    run_grade(run_id)


def run_grade(run_id: int) -> None:
    """Claim the run, grade it in a slot, record what came of it. Whatever fails on our side gives the run back."""
    from worker.slots import take

    queue = run_queue(run_id)
    if queue is None or not _has_room():
        return
    with take("gpu" if queue == "grade.gpu" else "cpu") as slot:  # before the claim: a run waits unclaimed for its place
        first = run_in_turn(run_id, queue)
        claim = run_claim(first, worker_name(), queue)
        if claim is not None:
            _run_grade(claim, slot)
    if first != run_id:  # another went first, so the bell rings again for this one
        ring(run_id, queue)


def _run_grade(claim: Claim, slot: Slot) -> None:
    from worker.pipeline import grade as pipeline_grade

    try:
        order = run_order(claim)
        with Hold(claim) as hold:
            result = pipeline_grade(order, slot=slot, on_progress=hold.report, cancelled=hold.lost)
        run_record(claim, result)
    except Exception as problem:
        log.exception("run %s: we failed", claim.order_of)
        run_give_back(claim, f"{type(problem).__name__}: {problem}")
    except BaseException:  # the worker is told to stop at once
        run_hand_back(claim)
        raise


def _has_room() -> bool:
    """Whether what a run leaves can be kept. If not it waits, and the sweeper rings again."""
    free_mb = shutil.disk_usage(settings.GRADER_HOME).free >> 20
    if free_mb < settings.GRADER_MIN_FREE_MB:
        log.error("only %s MB are free under GRADER_HOME (GRADER_MIN_FREE_MB is %s): nothing is graded until there are more",
                  free_mb, settings.GRADER_MIN_FREE_MB)  # fmt: skip
        return False
    return True


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


class Hold:
    """Keeps a claim alive while the block runs. `lost` turns true when the run is no longer ours: stop, and bring nothing."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._latest: ProgressReport | None = None
        self._lost = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"hold-{claim.run_id}", daemon=True)

    def report(self, progress: ProgressReport) -> None:
        self._latest = progress  # written at the next tick; of several only the newest

    def lost(self) -> bool:
        return self._lost.is_set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(timeout=30)

    def _keep(self) -> None:
        beat_s = min(10.0, settings.GRADER_LEASE_S / 4)
        beaten = looked = time.monotonic()
        try:
            while not self._done.wait(TICK_S) and not self._lost.is_set():
                now = time.monotonic()
                try:
                    self._write()
                    if now - beaten >= beat_s:
                        self._mark(run_heartbeat(self._claim))
                        beaten = looked = now
                    elif now - looked >= LOOK_S:
                        self._mark(run_held(self._claim))
                        looked = now
                except Error as problem:  # InterfaceError too; the database may come back before the lease runs out
                    log.warning("run %s: no heartbeat: %s", self._claim.order_of, problem)
                    connection.close()
        finally:
            connection.close()

    def _mark(self, held: bool) -> None:
        if not held:
            log.info("run %s: claim %s is lost or cancelled", self._claim.order_of, self._claim.number)
            self._lost.set()

    def _write(self) -> None:
        report, self._latest = self._latest, None
        if report is not None:
            run_progress(self._claim, report)

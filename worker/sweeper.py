"""Nothing is lost: every few seconds, what fell down is picked up again. Safe to run twice, and in several places at once.

1. A run whose worker fell silent goes back to the queue (the third time, to quarantine).
2. A run that would rather have a GPU and waited long enough goes to the CPUs.
3. Typed answers that could not be judged in their request are judged now.
4. A run that waits without a doorbell (Redis was flushed, or away) is rung for again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from grader import queue
from grader.gradebook.services import run_judge, run_lose_lease
from grader.queue import SWEEP, app
from grader.submissions.claims import runs_expired, runs_fall_back, runs_to_ring
from grader.submissions.models import Run, WorkerPresence

log = logging.getLogger(__name__)

HEARD_S = 5  # a doorbell is given so long to be heard
GONE_S = 600
_LOCK = 7_263_001  # of pg_advisory_xact_lock: ours alone


@dataclass(frozen=True)
class Swept:
    """How many runs each step moved."""

    lost: int
    fell_back: int
    judged: int
    rung: int


@app.task(name=SWEEP)
def sweep_task() -> None:
    sweep()


def sweep() -> Swept:
    lost = _lose_leases()
    fallen = runs_fall_back()
    for run in fallen:
        queue.ring(run.pk, Run.Queue.CPU)
    typed = runs_to_ring(Run.Queue.NONE, HEARD_S)
    for run_id in typed:
        with _alone(run_id):
            run_judge(run_id)
    rung = _ring_again()
    WorkerPresence.objects.filter(seen_at__lt=Now() - timedelta(seconds=GONE_S)).delete()
    swept = Swept(lost, len(fallen), len(typed), rung)
    if swept != Swept(0, 0, 0, 0):
        log.info("swept: %s", swept)
    return swept


def _lose_leases() -> int:
    lost = 0
    for run_id in list(runs_expired().values_list("pk", flat=True)):
        with _alone(run_id):
            run = run_lose_lease(run_id)
            if run is not None:
                queue.ring(run.pk, run.queue)  # in vain where it was quarantined: nobody can claim it
                lost += 1
    return lost


@contextmanager
def _alone(run_id: int) -> Iterator[None]:
    """Trouble with one run is logged and stays its own: it would come first in every sweep and hold up all others for ever."""
    try:
        yield
    except Exception:
        log.exception("run %s could not be swept", run_id)


@transaction.atomic
def _ring_again() -> int:
    """Ring for every waiting run of a queue that holds fewer messages than runs wait. One sweeper at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    rung = 0
    for name in (Run.Queue.CPU, Run.Queue.GPU):
        waiting = runs_to_ring(name, HEARD_S)
        try:
            # A long queue has a message for each run: ringing each time would double it again and again.
            if not waiting or queue.messages_waiting(name) >= len(waiting):
                continue
        except (OperationalError, OSError) as problem:
            log.warning("Redis is away, nobody can be rung: %s", problem)
            return rung
        rung += sum(queue.ring(run_id, name) for run_id in waiting)
    return rung

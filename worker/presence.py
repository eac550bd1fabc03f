"""Who is at work: each worker says so in a row of its own when it starts and every 30 s, and takes it away when it ends."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutdown
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from grader.submissions.models import WorkerPresence

log = logging.getLogger(__name__)

SAY_S = 30
_stop = threading.Event()


@worker_ready.connect
def begin(sender: Any, **_: object) -> None:
    queues = sorted(sender.app.amqp.queues.consume_from)
    slots = int(getattr(sender.controller, "concurrency", None) or 1)
    threading.Thread(target=_keep_saying, args=(sender.hostname, queues, slots), name="presence", daemon=True).start()


@worker_shutdown.connect
def end(sender: Any, **_: object) -> None:
    _stop.set()
    try:
        WorkerPresence.objects.filter(name=sender.hostname).delete()
    except DatabaseError as problem:
        log.warning("the presence row stays until the sweeper takes it: %s", problem)


def _keep_saying(name: str, queues: list[str], slots: int) -> None:
    while True:
        try:
            presence_say(name, queues, slots)
        except DatabaseError as problem:
            log.warning("could not say that %s is here: %s", name, problem)
        finally:
            connection.close()  # nothing of this thread's stays open when the pool forks again
        if _stop.wait(SAY_S):
            return


def presence_say(name: str, queues: list[str], slots: int) -> None:
    """Write that this worker is here now, by the database's clock."""
    WorkerPresence.objects.update_or_create(
        name=name[:120], defaults={"queues": queues, "slots": slots, "seen_at": Now(), "detail": {"pid": os.getpid()}}
    )

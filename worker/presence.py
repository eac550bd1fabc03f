"""Who is at work: each worker says so in a row of its own when it starts and every 30 s, and takes it away when it ends."""

from __future__ import annotations

import logging
import os
import socket
import threading
from dataclasses import dataclass
from typing import Any

from celery.signals import celeryd_after_setup, worker_ready, worker_shutdown
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from grader.submissions.models import WorkerPresence
from worker.config import from_settings
from worker.engines import engine_for
from worker.engines.warm import WarmEngine

log = logging.getLogger(__name__)

SAY_S = 30
_stop = threading.Event()


@dataclass(frozen=True)
class Here:
    """What a worker says of itself."""

    name: str
    queues: tuple[str, ...]
    slots: int = 1
    sandbox_level: str = ""


@celeryd_after_setup.connect
def warm_up(instance: Any, **_: object) -> None:
    """Before the pool is forked, so that all of it shares the zygotes. A worker that grades nothing needs none."""
    engine = engine_for(from_settings())
    if isinstance(engine, WarmEngine) and any(name.startswith("grade.") for name in instance.app.amqp.queues.consume_from):
        engine.warm_up()


@worker_ready.connect
def begin(sender: Any, **_: object) -> None:
    queues = sorted(sender.app.amqp.queues.consume_from)
    slots = int(getattr(sender.controller, "concurrency", None) or 1)
    here = Here(sender.hostname[:120], tuple(queues), slots, _sandbox_level() if _grades(queues) else "")
    threading.Thread(target=_keep_saying, args=(here,), name="presence", daemon=True).start()


@worker_shutdown.connect
def end(sender: Any, **_: object) -> None:
    _stop.set()
    try:
        WorkerPresence.objects.filter(name=sender.hostname).delete()
    except DatabaseError as problem:
        log.warning("the presence row stays until the sweeper takes it: %s", problem)


def _grades(queues: list[str]) -> bool:
    return any(queue.startswith("grade.") for queue in queues)


def _sandbox_level() -> str:
    """How strong this machine's sandbox is; a worker without any can grade nothing, which its runs will say.

    Tried without making an engine: this process is the pool's parent, and what it holds its children inherit.
    """
    from worker.engines import levels

    found = levels.probe(from_settings())
    if found.level == "none":
        log.error("no sandbox can run on this machine, and nothing will be graded: %s", found.missing)
    elif found.level == "landlock":
        log.warning("sandboxes are held by Landlock alone (GRADER_ALLOW_LANDLOCK): %s", found.missing)
    return found.level


def _keep_saying(here: Here) -> None:
    while True:
        try:
            presence_say(here)
        except DatabaseError as problem:
            log.warning("could not say that %s is here: %s", here.name, problem)
        finally:
            connection.close()  # nothing of this thread's stays open when the pool forks again
        if _stop.wait(SAY_S):
            return


def presence_say(here: Here) -> None:
    """Write that this worker is here now, by the database's clock."""
    fields = {"queues": list(here.queues), "slots": here.slots, "sandbox_level": here.sandbox_level}
    WorkerPresence.objects.update_or_create(
        name=here.name, defaults={**fields, "seen_at": Now(), "detail": {"host": socket.gethostname(), "pid": os.getpid()}}
    )

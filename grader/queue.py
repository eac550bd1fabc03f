"""The Celery app, and the only way in which the site reaches a worker: by the name of a task.

Postgres is the queue of record; a message is a doorbell that carries a primary key. It may be lost, doubled or late:
a claim decides who works, and the sweeper rings again. So nothing here may fail an upload, and there is no result backend.

    celery -A grader.queue worker -Q grade.cpu -c 2
    celery -A grader.queue beat -s var/beat.db --pidfile=
"""

from __future__ import annotations

import logging
import os
from typing import Any

os.environ.setdefault("GRADER_ROLE", "worker")  # counts only where the settings are not read yet: `celery -A grader.queue`
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")

from celery import Celery
from django.conf import settings
from kombu import Queue
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

GRADE = "worker.grade"
SWEEP = "worker.sweep"
DISPATCH = "lms.webhooks.dispatch"
WEBHOOKS_WATCH = "lms.webhooks.watch"
MAIL = "notifications.dispatch"
REGRADE = "gradebook.regrade"
REGRADES = "gradebook.regrades"
BLOBS = "submissions.blobs_clean"
COURSE_CHECK = "worker.course_check"
COURSE_CHECKS = "worker.course_checks"
QUEUES = ("grade.cpu", "grade.gpu", "notify", "webhooks", "maintenance")

app = Celery("grader")
app.conf.update(
    broker_url=settings.REDIS_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a worker waits for Redis however long it is away
    broker_transport_options={
        "visibility_timeout": 7200,  # twice the longest run; a doubled message is harmless all the same
        "socket_timeout": 5,  # without it a publish to a hung server waits for ever
        "socket_connect_timeout": 2,
        "health_check_interval": 30,
        # A page must not wait for a server that is away: one more try at once, and then the sweeper's turn.
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.1,
    },
    include=[
        "worker.tasks",
        "worker.sweeper",
        "worker.uploads",
        "grader.submissions.tasks",
        "grader.gradebook.regrading.tasks",
        "grader.lms.webhooks.tasks",
        "grader.notifications.tasks",
    ],
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=False,  # would loop for ever over a run that kills its worker; the sweeper counts instead
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=3,  # on QUIT; then a task is ended, and hands its run back
    worker_max_tasks_per_child=200,
    worker_hijack_root_logger=False,
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="maintenance",
    task_create_missing_queues=False,
    task_routes={
        GRADE: {"queue": "grade.cpu"},
        SWEEP: {"queue": "maintenance"},
        "lms.*": {"queue": "webhooks"},  # of their own: a receiver that hangs must not hold up mail, nor a sweep
        "notifications.*": {"queue": "notify"},
    },
    timezone="UTC",
    beat_schedule={
        "sweep": {
            "task": SWEEP,
            "schedule": settings.GRADER_SWEEP_S,
            "options": {"queue": "maintenance", "expires": settings.GRADER_SWEEP_S},
        },
        "regrades": {
            "task": REGRADES,
            "schedule": settings.GRADER_SWEEP_S,
            "options": {"queue": "maintenance", "expires": settings.GRADER_SWEEP_S},
        },
        "course checks": {
            "task": COURSE_CHECKS,
            "schedule": 60,
            "options": {"queue": "maintenance", "expires": 60},
        },
        "blobs": {
            "task": BLOBS,
            "schedule": 3600,
            "options": {"queue": "maintenance", "expires": 3600},
        },
        "webhooks": {
            "task": DISPATCH,
            "schedule": settings.GRADER_SWEEP_S,
            "options": {"queue": "webhooks", "expires": settings.GRADER_SWEEP_S},
        },
        "webhooks' state": {
            "task": WEBHOOKS_WATCH,
            "schedule": 60,
            "options": {"queue": "maintenance", "expires": 60},
        },
        "mail": {
            "task": MAIL,
            "schedule": settings.GRADER_SWEEP_S,
            "options": {"queue": "notify", "expires": settings.GRADER_SWEEP_S},
        },
    },
)


def send(task: str, args: list[int], queue: str) -> bool:
    """Publish a message, and never raise when the broker is away: rows in Postgres keep the work, a sweep rings again."""
    try:
        app.send_task(task, args=args, queue=queue, retry=False)
    except (OperationalError, OSError) as problem:
        log.warning("no doorbell for %s%s: %s (the sweeper will ring)", task, args, problem)
        return False
    return True


def ring(run_id: int, queue: str) -> bool:
    """Tell the workers of `queue` that a run waits."""
    return send(GRADE, [run_id], queue)


def ring_regrade(regrade_id: int) -> bool:
    """Tell whoever moves regrades on that one has something to do."""
    return send(REGRADE, [regrade_id], "maintenance")


def ring_course_check(upload_id: int) -> bool:
    """Tell a worker that a case of an uploaded course is to be tried: in its turn among everybody's work."""
    return send(COURSE_CHECK, [upload_id], "grade.cpu")


def ring_dispatch() -> bool:
    """Tell those who pass events on, to an LMS and by mail, that there are new ones."""
    return send(DISPATCH, [], "webhooks") and send(MAIL, [], "notify")


def messages_waiting(queue: str) -> int:
    """How many messages lie in `queue` now; 0 where nobody has rung yet. Raises `OperationalError` when Redis is away."""
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel  # of the Redis transport: it has the client
        return int(channel.client.llen(queue))

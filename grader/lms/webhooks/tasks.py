"""Doorways of the queue `webhooks`: make messages of events, and send one endpoint what is due. All may run twice.

Nothing is remembered in the queue: a ring that is lost is made good by the next look at all endpoints.
"""

from __future__ import annotations

from grader.lms.webhooks.delivery import endpoint_drain
from grader.lms.webhooks.outbox import lanes_dispatch
from grader.lms.webhooks.watch import webhooks_watch
from grader.queue import DISPATCH, WEBHOOKS_WATCH, app, ring_dispatch, send

DELIVER = "lms.webhooks.deliver"


@app.task(name=DISPATCH)
def dispatch() -> None:
    """Rung for when an event is written, and by beat, which also finds messages whose next try is due."""
    for endpoint_id, lanes in lanes_dispatch().items():
        for _ in range(lanes):
            send(DELIVER, [endpoint_id], "webhooks")


@app.task(name=DELIVER)
def deliver(endpoint_id: int) -> None:
    """One lane of an endpoint, for a slice of time; then it queues behind the others."""
    if endpoint_drain(endpoint_id):
        send(DELIVER, [endpoint_id], "webhooks")


@app.task(name=WEBHOOKS_WATCH)
def watch() -> None:
    """Each minute: who fails for too long, what may be forgotten, how far endpoints have read."""
    webhooks_watch()
    ring_dispatch()  # while it made messages, others may have left the ringing to it

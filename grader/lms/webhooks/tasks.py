"""Doorways of the queue `notify`: pass events on, and deliver one message. Both may run twice."""

from __future__ import annotations

from grader.lms.webhooks.services import events_dispatch, message_deliver, messages_due
from grader.queue import DISPATCH, app, send

DELIVER = "lms.webhooks.deliver"


@app.task(name=DISPATCH)
def dispatch() -> None:
    """Rung for when an event is written, and by beat, which also finds messages whose next try is due."""
    fresh = events_dispatch()
    for message_id in dict.fromkeys([*fresh, *messages_due()]):
        send(DELIVER, [message_id], "notify")


@app.task(name=DELIVER)
def deliver(message_id: int) -> None:
    message_deliver(message_id)

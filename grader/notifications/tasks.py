"""Doorways of the queue `notify`: make letters of events, and send one. Both may run twice."""

from __future__ import annotations

from grader.notifications.services import mail_send, mails_due, mails_make
from grader.queue import MAIL, app, send

SEND = "notifications.send"


@app.task(name=MAIL)
def dispatch() -> None:
    """Rung for when an event is written, and by beat, which also finds letters whose next try is due."""
    fresh = mails_make()
    for mail_id in dict.fromkeys([*fresh, *mails_due()]):
        send(SEND, [mail_id], "notify")


@app.task(name=SEND)
def deliver(mail_id: int) -> None:
    mail_send(mail_id)

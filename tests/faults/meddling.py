"""An administrator who presses every button there is while all this goes on, and looks after endpoints as beat would."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from grader.events.services import Actor
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.services import (
    EndpointResting,
    endpoint_pause,
    endpoint_resume,
    message_redeliver,
    messages_replay,
)
from grader.lms.webhooks.watch import webhooks_watch

BY = Actor(person="usr_meddler", source="command")


class Meddler:
    """A thread of its own; `problems` are exceptions that no button may raise."""

    def __init__(self, endpoints: Sequence[WebhookEndpoint], seed: int) -> None:
        self.problems: list[str] = []
        self.pressed = 0
        self._endpoints = endpoints
        self._chance = random.Random(f"{seed}:meddler")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def _go_on(self) -> None:
        try:
            while not self._stop.wait(self._chance.uniform(0.1, 0.6)):
                try:
                    self._press()
                    webhooks_watch()
                except EndpointResting:
                    pass  # another button, or a 410, was faster
                except Exception as problem:
                    self.problems.append(f"a button failed: {type(problem).__name__}: {problem}")
            for endpoint in self._endpoints:
                endpoint_resume(endpoint, by=BY)
        finally:
            connection.close()

    def _press(self) -> None:
        endpoint = self._chance.choice(self._endpoints)
        what = self._chance.choice(("redeliver", "redeliver", "redeliver", "replay", "pause"))
        self.pressed += 1
        if what == "redeliver":
            message = WebhookMessage.objects.filter(endpoint=endpoint).order_by("?").select_related("endpoint", "event").first()
            if message is not None:
                message_redeliver(message, by=BY)
        elif what == "replay":
            now = timezone.now()
            messages_replay(endpoint, now - timedelta(seconds=1), now, by=BY)
        else:
            endpoint_pause(endpoint, by=BY)
            self._stop.wait(self._chance.uniform(0, 1))
            endpoint_resume(endpoint, by=BY)

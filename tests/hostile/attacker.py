"""Somebody who sends what makes services fall over."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client

from tests.hostile.crawl import Form, Walk
from tests.pages.world import World


class Attacker:
    """Sends what it is told as somebody, undoes what came of it, and remembers what fell over and by what."""

    def __init__(self, client: Client) -> None:
        client.raise_request_exception = False
        self.client, self.fallen, self.number = client, set[str](), 0
        self._why = ""
        got_request_exception.connect(self._note)

    def _note(self, **_: Any) -> None:
        error = sys.exception()
        trace = error.__traceback__ if error else None
        places = []
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        self._why = f"{type(error).__name__}: {str(error)[:80]} at {' '.join(places[-4:])}"

    def __call__(self, what: str, send: Callable[[], Any]) -> None:
        self.number += 1
        with transaction.atomic():
            answer = send()
            if answer.streaming:
                list(answer)  # closing it unread would close the test's connection too
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            self.fallen.add(f"{answer.status_code} {what}: {self._why}")


def client_of(world: World, who: str) -> Client:
    client = Client()
    if who != "stranger":
        client.force_login(world.cast[who])
    return client


def forms(found: Walk) -> list[Form]:
    return [form for form in found.forms.values() if form.method == "post" and form.key[0] != "logout/"]


def post(client: Client, form: Form, values: dict[str, str]) -> Any:
    """As a browser does; half letters as no browser does."""
    body = "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogateescape'))}" for name, value in values.items())
    return client.post(form.action, body, content_type="application/x-www-form-urlencoded")

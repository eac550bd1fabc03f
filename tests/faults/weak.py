"""Dispatchers with one promise broken each, which the test must catch: `celery -A tests.faults.weak` with FAULTS_WEAK=NAME."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any

import django

from grader.queue import app

django.setup()  # before models are imported

from django.db.models import Max  # noqa: E402

from grader.events.models import Event  # noqa: E402
from grader.lms.models import WebhookEndpoint, WebhookMessage  # noqa: E402
from grader.lms.webhooks import delivery, outbox  # noqa: E402

__all__ = ["app"]


def says_delivered_first() -> None:
    def message_try(message: WebhookMessage) -> bool:
        WebhookMessage.objects.filter(pk=message.pk).update(state=WebhookMessage.State.DELIVERED, held_until=None)
        return delivery._call(message).delivered

    delivery.message_try = message_try


def takes_every_answer_for_yes() -> None:
    delivery.kind_of = lambda status: delivery.DELIVERED


def reads_in_the_order_of_numbers() -> None:
    make = outbox._make

    def make_and_move() -> int:
        made = make()
        newest = Event.objects.aggregate(newest=Max("id"))["newest"] or 0
        WebhookEndpoint.objects.filter(last_event__lt=newest).update(last_event=newest)
        return made

    outbox._make = make_and_move


def new_id_at_each_try() -> None:
    named = delivery.headers_for
    delivery.headers_for = lambda endpoint, message_id, body: named(endpoint, f"evt_{secrets.token_hex(13)}", body)


def new_body_at_each_try() -> None:
    made = delivery.body_of
    delivery.body_of = lambda event: made(event)[:-1] + b', "try": "' + secrets.token_hex(4).encode() + b'"}'


def gives_up_at_once() -> None:
    settle = delivery._settle

    def settle_and_give_up(message: WebhookMessage, tried: delivery.Tried) -> None:
        settle(message, tried)
        given_up: dict[str, Any] = {"state": WebhookMessage.State.GIVEN_UP}
        WebhookMessage.objects.filter(pk=message.pk, state=WebhookMessage.State.WAITING).update(**given_up)

    delivery._settle = settle_and_give_up


WEAK: dict[str, Callable[[], None]] = {
    made.__name__: made
    for made in (
        says_delivered_first,
        takes_every_answer_for_yes,
        reads_in_the_order_of_numbers,
        new_id_at_each_try,
        new_body_at_each_try,
        gives_up_at_once,
    )
}
WEAK[os.environ["FAULTS_WEAK"]]()

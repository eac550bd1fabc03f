"""Which events become messages, each once whoever dispatches; and whose turn it is to be sent."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from grader.events.models import Event
from grader.events.services import audit_add
from grader.lms.models import WebhookEndpoint, WebhookMessage
from grader.lms.webhooks import tasks
from grader.lms.webhooks.delivery import endpoint_drain, message_claim, message_try
from grader.lms.webhooks.outbox import events_dispatch, horizons_move, lanes_wanted
from tests.factories import Cast
from tests.lms.receiver import Receiver
from tests.lms.sending import BY, an_endpoint, an_event, send_all


def test_only_the_events_of_its_kind_and_course_reach_an_endpoint(cast: Cast, there: Receiver):
    an_endpoint(there.url, course=cast.other_course)
    an_endpoint(there.url, "submission.received")
    event = an_event(event_type="submission.received")
    an_event()
    events_dispatch()

    assert [message.event for message in WebhookMessage.objects.all()] == [event]


def test_the_audit_log_and_mails_own_events_never_leave(db: None, there: Receiver):
    WebhookEndpoint.objects.filter(pk=an_endpoint(there.url).pk).update(event_types=["grade.changed"])
    audit_add("endpoint.made", by=BY, course_slug="", data={})
    an_event(event_type="person.invited")
    send_all()

    assert there.got == []


def test_an_endpoint_hears_only_of_what_happens_after_it_was_made(db: None, there: Receiver):
    an_event(1)
    an_endpoint(there.url)
    an_event(2)
    events_dispatch()

    assert [message.event.data["number"] for message in WebhookMessage.objects.all()] == [2]


def test_dispatching_twice_makes_one_message_an_event(db: None, there: Receiver):
    an_endpoint(there.url)
    an_event()

    assert (events_dispatch(), events_dispatch()) == (1, 0)
    assert WebhookMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_transaction_commits_late_is_not_skipped(there: Receiver):
    an_endpoint(there.url)
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                an_event(1)
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    slower = threading.Thread(target=slow)
    slower.start()
    written.wait(20)
    an_event(2)
    horizons_move()
    before = [message.event.data["number"] for message in WebhookMessage.objects.order_by("event_id")]
    go_on.set()
    slower.join(20)
    events_dispatch()
    after = [message.event.data["number"] for message in WebhookMessage.objects.order_by("event_id")]

    assert (before, after) == ([2], [1, 2])


@pytest.mark.django_db(transaction=True)
def test_eight_dispatchers_at_once_make_each_message_once_and_leave_none_out(there: Receiver):
    an_endpoint(there.url)
    an_endpoint(there.url)

    def write_and_dispatch(number: int) -> int:
        try:
            an_event(number)
            return events_dispatch()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(write_and_dispatch, range(40)))

    assert sum(made) == WebhookMessage.objects.count() == 80


def test_the_horizon_moves_past_old_events_only_and_loses_none(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    old = Event.objects.create(type="grade.changed", course_slug="small", data={})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER append_only")
        cursor.execute("UPDATE events_event SET created_at = now() - interval '2 hours'")
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER append_only")
    fresh = an_event()
    horizons_move()

    endpoint.refresh_from_db()
    assert endpoint.last_event == old.pk
    assert set(WebhookMessage.objects.values_list("event_id", flat=True)) == {old.pk, fresh.pk}


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_is_sent_at_most_as_much_at_once_as_it_allows(there: Receiver):
    endpoint = an_endpoint(there.url, concurrency=3)
    for number in range(12):
        an_event(number)
    events_dispatch()
    there.wait_s = 0.1

    def drain(_: int) -> None:
        try:
            endpoint_drain(endpoint.pk, slice_s=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(drain, range(8)))

    assert there.most_at_once == 3
    assert len(there.got) == len({headers["webhook-id"] for headers, _ in there.got}) == 12


def test_one_that_fails_is_called_one_at_a_time(db: None, there: Receiver):
    endpoint = an_endpoint(there.url, concurrency=4)
    for number in range(9):
        an_event(number)
    events_dispatch()
    assert lanes_wanted() == {endpoint.pk: 4}

    there.status = 500
    message = message_claim(endpoint.pk)
    assert message is not None
    message_try(message)

    assert lanes_wanted() == {endpoint.pk: 1}
    assert message_claim(endpoint.pk) is not None
    assert message_claim(endpoint.pk) is None
    assert lanes_wanted() == {}


def test_whoever_has_much_to_send_lets_others_have_their_turn(db: None, there: Receiver, monkeypatch: pytest.MonkeyPatch):
    rung: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(tasks, "send", lambda task, args, queue: rung.append((task, args)))
    endpoint = an_endpoint(there.url)
    for number in range(3):
        an_event(number)
    events_dispatch()
    monkeypatch.setattr("grader.lms.webhooks.delivery.SLICE_S", 0.0)

    assert endpoint_drain(endpoint.pk, slice_s=0.0) is True
    assert len(there.got) == 1
    tasks.deliver(endpoint.pk)
    assert len(there.got) == 3, "five seconds were enough for the others"
    assert rung == []


def test_the_task_passes_on_new_events_and_messages_whose_time_has_come(
    db: None, there: Receiver, monkeypatch: pytest.MonkeyPatch
):
    sent: list[tuple[list[int], str]] = []
    monkeypatch.setattr(tasks, "send", lambda task, args, queue: sent.append((args, queue)))
    endpoint = an_endpoint(there.url)
    an_event()
    tasks.dispatch()
    tasks.dispatch()

    assert sent == [([endpoint.pk], "webhooks")] * 2

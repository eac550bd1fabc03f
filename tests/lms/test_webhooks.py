from __future__ import annotations

import ipaddress
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from grader.events.models import Event
from grader.events.services import event_add
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks import tasks
from grader.lms.webhooks.services import (
    RETRY_S,
    endpoint_create,
    events_dispatch,
    message_deliver,
    messages_due,
    retry_wait_s,
)
from tests.factories import Cast, graded
from tests.lms.receiver import Receiver, receiver


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    settings.GRADER_WEBHOOK_ALLOW = (ipaddress.ip_network("127.0.0.0/8"),)
    settings.GRADER_WEBHOOK_HTTP = True


@pytest.fixture
def there() -> Any:
    with receiver() as found:
        yield found


def an_event(number: int = 1, **fields: Any) -> Event:
    return event_add(event_type=fields.pop("event_type", "grade.changed"), course_slug="small", data={"number": number})


def due_now() -> None:
    WebhookMessage.objects.update(next_try_at=Now() - timedelta(seconds=1))


def test_a_grade_reaches_the_lms_signed_so_that_the_standards_own_library_verifies_it(cast: Cast, there: Receiver):
    endpoint = endpoint_create(url=there.url, events=["grade.changed"])
    graded(cast, 2.0)
    (message,) = events_dispatch()

    assert message_deliver(message)
    headers, body = there.got[0]
    told = Webhook(endpoint.secret).verify(body.decode(), headers)
    event = Event.objects.get(type="grade.changed")
    assert told == json.loads(body)
    assert (told["type"], told["data"]["score"], told["data"]["external_user_id"]) == ("grade.changed", "2.00", "lms-student")
    assert headers["webhook-id"] == event.public_id
    assert WebhookMessage.objects.get().state == "delivered"
    assert WebhookDelivery.objects.get().status_code == 204


def test_another_secret_does_not_verify_it(db: None, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    message_deliver(events_dispatch()[0])
    headers, body = there.got[0]

    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "QUFB" * 11).verify(body.decode(), headers)


def test_a_failed_try_is_tried_again_later_with_the_same_id_and_a_new_signature(db: None, there: Receiver):
    endpoint = endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    there.status = 500
    (message,) = events_dispatch()

    assert message_deliver(message) is False
    assert message_deliver(message) is None, "not before its time"
    due_now()
    there.status = 200
    assert message_deliver(message) is True

    (first, body), (second, again) = there.got
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    Webhook(endpoint.secret).verify(again.decode(), second)
    assert list(WebhookDelivery.objects.order_by("id").values_list("status_code", "error")) == [(500, "answered 500"), (200, "")]


def test_after_the_last_try_a_message_is_given_up(db: None, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    there.status = 503
    (message,) = events_dispatch()
    for _ in range(len(RETRY_S) + 1):
        due_now()
        message_deliver(message)

    assert WebhookMessage.objects.get().state == "given_up"
    assert len(there.got) == 10


def test_the_wait_grows_as_the_standard_says_with_a_fifth_of_chance():
    for tries, wait in enumerate(RETRY_S, start=1):
        assert all(0.8 * wait <= retry_wait_s(tries) <= 1.2 * wait for _ in range(50))
    assert retry_wait_s(1, retry_after_s=600) == 600


def test_a_receiver_that_asks_for_time_gets_it(db: None, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    there.status, there.headers = 429, {"Retry-After": "900"}
    message_deliver(events_dispatch()[0])

    assert WebhookMessage.objects.get().next_try_at > timezone.now() + timedelta(seconds=800)


def test_a_receiver_that_is_gone_is_switched_off(db: None, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    there.status = 410
    message_deliver(events_dispatch()[0])

    assert not WebhookEndpoint.objects.get().active
    assert WebhookMessage.objects.get().state == "given_up"


def test_an_address_that_leads_inside_is_refused_at_each_try_and_the_reason_is_kept(db: None, there: Receiver, settings: Any):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    settings.GRADER_WEBHOOK_ALLOW = ()
    message_deliver(events_dispatch()[0])

    assert there.got == []
    assert "refused" in WebhookDelivery.objects.get().error


def test_only_the_events_of_its_kind_and_course_reach_an_endpoint(cast: Cast, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"], course=cast.other_course)
    endpoint_create(url=there.url, events=["submission.received"])
    event = an_event(event_type="submission.received")
    an_event()
    events_dispatch()

    assert [message.event for message in WebhookMessage.objects.all()] == [event]


def test_an_endpoint_hears_only_of_what_happens_after_it_was_made(db: None, there: Receiver):
    an_event(1)
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event(2)
    events_dispatch()

    assert [message.event.data["number"] for message in WebhookMessage.objects.all()] == [2]


def test_dispatching_twice_makes_one_message_an_event(db: None, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    events_dispatch()
    events_dispatch()

    assert WebhookMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_whose_transaction_commits_late_is_not_skipped(there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
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
    events_dispatch()
    before = [message.event.data["number"] for message in WebhookMessage.objects.order_by("event_id")]
    go_on.set()
    slower.join(20)
    events_dispatch()
    after = [message.event.data["number"] for message in WebhookMessage.objects.order_by("event_id")]

    assert (before, after) == ([2], [1, 2])


def test_the_horizon_moves_past_old_events_only_and_loses_none(db: None, there: Receiver):
    endpoint = endpoint_create(url=there.url, events=["grade.changed"])
    old = Event.objects.create(type="grade.changed", course_slug="small", data={})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event DISABLE TRIGGER append_only")
        cursor.execute("UPDATE events_event SET created_at = now() - interval '2 hours'")
        cursor.execute("ALTER TABLE events_event ENABLE TRIGGER append_only")
    fresh = an_event()
    events_dispatch()

    endpoint.refresh_from_db()
    assert endpoint.last_event == old.pk
    assert set(WebhookMessage.objects.values_list("event_id", flat=True)) == {old.pk, fresh.pk}


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_that_deliver_a_message_at_once_one_does(there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    (message,) = events_dispatch()

    def deliver(_: int) -> bool | None:
        try:
            return message_deliver(message)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        delivered = list(pool.map(deliver, range(8)))

    assert delivered.count(True) == len(there.got) == 1


def test_a_dead_endpoint_takes_at_most_twenty_places_of_a_sweep(db: None, there: Receiver):
    dead = endpoint_create(url="http://127.0.0.1:9/dead", events=["grade.changed"])
    for number in range(30):
        an_event(number)
    alive = endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    events_dispatch()
    due_now()

    places = [WebhookMessage.objects.get(pk=message).endpoint for message in messages_due()]
    assert (places.count(dead), places.count(alive)) == (20, 1)


def test_the_task_passes_on_new_events_and_messages_whose_time_has_come(
    db: None, there: Receiver, monkeypatch: pytest.MonkeyPatch
):
    sent: list[int] = []
    monkeypatch.setattr(tasks, "send", lambda task, args, queue: sent.extend(args))
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    tasks.dispatch()
    tasks.dispatch()

    assert sent == [WebhookMessage.objects.get().pk] * 2


def test_a_delivery_cannot_be_rewritten(db: None, there: Receiver):
    endpoint_create(url=there.url, events=["grade.changed"])
    an_event()
    message_deliver(events_dispatch()[0])

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        WebhookDelivery.objects.update(status_code=500)


def test_the_command_prints_the_secret_alone(db: None):
    out = StringIO()
    call_command("webhook_create", url="https://lms.example/hook", events=["grade.changed"], stdout=out, stderr=StringIO())

    assert out.getvalue().strip() == WebhookEndpoint.objects.get().secret


def test_the_command_refuses_an_event_that_does_not_exist(db: None):
    with pytest.raises(CommandError, match=r"Unknown events: grade\.chnged"):
        call_command("webhook_create", url="https://lms.example/hook", events=["grade.chnged"])

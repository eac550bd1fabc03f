"""From an event to a receiver that can trust it: at least once, with the same id, by the schedule."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from grader.events.models import Event
from grader.lms.models import GradeTold, WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.delivery import hold_s, message_claim, message_try, retry_wait_s
from grader.lms.webhooks.outbox import events_dispatch, lanes_wanted
from grader.lms.webhooks.services import endpoint_rotate_secret
from tests.factories import Cast, graded
from tests.lms.receiver import Receiver, receiver
from tests.lms.sending import BY, an_endpoint, an_event, due_now, send_all, the_message

RETRY_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)  # Standard Webhooks 1.0


def test_a_grade_reaches_the_lms_signed_so_that_the_standards_own_library_verifies_it(cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url)
    graded(cast, 2.0)
    send_all()

    headers, body = there.got[0]
    told = Webhook(endpoint.secret).verify(body.decode(), headers)
    event = Event.objects.get(type="grade.changed")
    assert told == json.loads(body)
    assert (told["type"], told["data"]["score"], told["data"]["external_user_id"]) == ("grade.changed", "2.00", "lms-student")
    assert set(told["data"]) == {
        "grade_id", "course", "assignment", "external_user_id", "score", "max_score", "grade_version", "reason"
    }  # fmt: skip
    assert headers["webhook-id"] == event.public_id
    assert the_message().state == "delivered"
    assert WebhookDelivery.objects.get().status_code == 204
    assert GradeTold.objects.get().version == event.data["grade_version"]


def test_another_secret_does_not_verify_it(db: None, there: Receiver):
    an_endpoint(there.url)
    an_event()
    send_all()
    headers, body = there.got[0]

    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "QUFB" * 11).verify(body.decode(), headers)


def test_while_a_secret_is_replaced_old_and_new_both_verify_and_after_a_day_the_new_alone(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    old, new = endpoint.secret, endpoint_rotate_secret(endpoint, by=BY)
    an_event()
    send_all()
    WebhookEndpoint.objects.update(secret_old_until=timezone.now())
    an_event(2)
    send_all()

    (during, body), (after, later) = there.got
    assert len(during["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(body.decode(), during)
    Webhook(new).verify(later.decode(), after)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later.decode(), after)


def test_a_failed_try_is_tried_again_later_with_the_same_id_and_a_new_signature(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event()
    there.status = 500
    send_all()
    send_all()
    assert len(there.got) == 1, "not before its time"
    due_now()
    there.status = 200
    send_all()

    (first, body), (second, again) = there.got
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    Webhook(endpoint.secret).verify(again.decode(), second)
    log = WebhookDelivery.objects.order_by("id").values_list("status_code", "kind", "error")
    assert list(log) == [(500, "server", "answered 500"), (200, "delivered", "")]


def test_after_the_tenth_try_a_message_is_given_up(db: None, there: Receiver):
    an_endpoint(there.url)
    an_event()
    there.status = 503
    for _ in range(12):
        due_now()
        send_all()

    assert the_message().state == "given_up"
    assert len(there.got) == 10


def test_the_wait_grows_as_the_standard_says_with_a_fifth_of_chance():
    for tries, wait in enumerate(RETRY_S, start=1):
        assert all(0.8 * wait <= retry_wait_s(tries) <= 1.2 * wait for _ in range(50))
    assert retry_wait_s(1, rest_s=600) == 600


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_time_gets_it_for_all_its_messages(db: None, there: Receiver, status: int):
    an_endpoint(there.url)
    an_event(1)
    an_event(2)
    there.status, there.headers = status, {"Retry-After": "900"}
    send_all()
    send_all()

    assert len(there.got) == 1
    assert WebhookMessage.objects.get(tries=1).next_try_at > timezone.now() + timedelta(seconds=800)


@pytest.mark.parametrize("after", ["soon", "-1", "٣", "99999999999", "1e9"])
def test_a_retry_after_that_is_no_number_of_seconds_is_no_rest(db: None, there: Receiver, after: str):
    an_endpoint(there.url)
    an_event()
    there.status, there.headers = 429, {"Retry-After": after.encode("utf-8").decode("latin-1")}
    send_all()

    assert WebhookEndpoint.objects.get().rest_until is None


def test_a_receiver_that_is_gone_is_switched_off(db: None, there: Receiver):
    an_endpoint(there.url)
    an_event()
    there.status = 410
    send_all()

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.state, endpoint.disabled_why) == ("disabled", "gone")
    assert the_message().state == "given_up"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(db: None, there: Receiver, status: int):
    with receiver() as elsewhere:
        there.status, there.headers = status, {"Location": elsewhere.url}
        an_endpoint(there.url)
        an_event()
        send_all()

        assert elsewhere.got == []
    assert (the_message().state, WebhookDelivery.objects.get().kind) == ("waiting", "redirect")


def test_an_answer_that_ends_in_the_middle_is_no_success(db: None, there: Receiver):
    there.status, there.headers, there.body = 200, {"Content-Length": "1000"}, b"half"
    an_endpoint(there.url)
    an_event()
    send_all()

    assert (the_message().state, WebhookDelivery.objects.get().kind) == ("waiting", "broken")


def test_an_address_that_leads_inside_is_refused_at_each_try_and_the_reason_is_kept(db: None, there: Receiver, settings: Any):
    an_endpoint(there.url)
    an_event()
    settings.GRADER_WEBHOOK_ALLOW = ()
    send_all()

    assert there.got == []
    assert WebhookDelivery.objects.get().kind == "refused"


def test_a_try_whose_process_died_is_made_again_with_the_same_id(db: None, there: Receiver, settings: Any):
    an_endpoint(there.url)
    event = an_event()
    events_dispatch()
    settings.GRADER_WEBHOOK_TIMEOUT_S = -0.9  # a hold of 0.2 s
    dead = message_claim(the_message().endpoint_id)
    settings.GRADER_WEBHOOK_TIMEOUT_S = 15
    assert dead is not None
    assert lanes_wanted() == {}
    time.sleep(0.3)
    send_all()

    assert the_message().state == "delivered"
    assert there.got[0][0]["webhook-id"] == event.public_id
    assert hold_s() > 15


def test_who_comes_back_after_its_hold_ran_out_undoes_nothing(db: None, there: Receiver):
    an_endpoint(there.url)
    an_event()
    events_dispatch()
    late = message_claim(the_message().endpoint_id)
    assert late is not None
    due_now()
    send_all()
    there.status = 500
    message_try(late)

    assert the_message().state == "delivered"


def test_an_older_version_that_comes_late_does_not_pass_for_what_is_known(cast: Cast, there: Receiver):
    an_endpoint(there.url)
    graded(cast, 1.0)
    graded(cast, 2.0)
    events_dispatch()
    older, newer = WebhookMessage.objects.select_related("event", "endpoint").order_by("event_id")
    message_try(newer)
    message_try(older)

    assert GradeTold.objects.get().version == newer.event.data["grade_version"]


def test_a_delivery_cannot_be_rewritten_nor_dropped_before_its_time(db: None, there: Receiver):
    an_endpoint(there.url)
    an_event()
    send_all()

    for change in (lambda: WebhookDelivery.objects.update(status_code=500), lambda: WebhookDelivery.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()

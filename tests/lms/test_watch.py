"""Who fails for too long is seen to, and what is old is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from grader.events.models import Event
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.services import endpoint_delete, endpoint_resume
from grader.lms.webhooks.watch import TROUBLE, webhooks_watch
from grader.notifications.services import mail_send, mails_make
from tests.factories import Cast
from tests.lms.receiver import Receiver
from tests.lms.sending import BY, an_endpoint, an_event, due_now, send_all


def failing(there: Receiver, cast: Cast, days: float) -> WebhookEndpoint:
    """An endpoint of the course that has only failed for so many days."""
    endpoint = an_endpoint(there.url, course=cast.course)
    there.status = 500
    an_event()
    send_all()
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=days))
    return endpoint


def aged(days: float) -> None:
    """As if all this had happened so long ago."""
    with connection.cursor() as cursor:
        for table, column in (("events_event", "created_at"), ("lms_webhookdelivery", "tried_at")):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks that wait can't be altered
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"UPDATE {table} SET {column} = now() - %s * interval '1 day'", [days])
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def told() -> set[tuple[str, str]]:
    return {(event.data["user_id"], event.data["what"]) for event in Event.objects.filter(type=TROUBLE)}


def test_half_a_day_of_failures_is_nothing_to_write_home_about(cast: Cast, there: Receiver):
    failing(there, cast, 0.5)
    webhooks_watch()

    assert told() == set()


def test_after_a_day_of_failures_the_admins_and_the_courses_teachers_are_told_once(cast: Cast, there: Receiver):
    failing(there, cast, 1.1)
    webhooks_watch()
    webhooks_watch()

    assert told() == {(cast.admin.public_id, "failing"), (cast.teacher.public_id, "failing")}
    assert Event.objects.filter(type=TROUBLE).count() == 2
    assert WebhookEndpoint.objects.get().state == "active"


def test_after_five_days_it_is_switched_off_and_resuming_sends_what_it_missed(cast: Cast, there: Receiver):
    endpoint = failing(there, cast, 5.1)
    webhooks_watch()
    row = WebhookEndpoint.objects.get()
    assert (row.state, row.disabled_why) == ("disabled", "failing")
    assert (cast.teacher.public_id, "disabled") in told()

    there.status = 204
    there.got.clear()
    an_event(2)
    due_now()
    send_all()
    assert there.got == []
    endpoint_resume(endpoint, by=BY)
    send_all()

    assert len(there.got) == 2


def test_one_success_ends_the_count(cast: Cast, there: Receiver):
    failing(there, cast, 5.1)
    there.status = 204
    due_now()
    send_all()
    webhooks_watch()

    assert WebhookEndpoint.objects.get().state == "active"
    assert told() == set()


def test_who_said_that_it_is_gone_is_told_of(cast: Cast, there: Receiver):
    an_endpoint(there.url, course=cast.course)
    there.status = 410
    an_event()
    send_all()
    webhooks_watch()
    webhooks_watch()

    assert told() == {(cast.admin.public_id, "gone"), (cast.teacher.public_id, "gone")}
    assert Event.objects.filter(type=TROUBLE).count() == 2


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_letter_says_who_since_when_and_where_to_mend_it(cast: Cast, there: Receiver, language: str):
    cast.teacher.email, cast.teacher.language = "vera@example.org", language
    cast.teacher.save()
    endpoint = failing(there, cast, 1.1)
    webhooks_watch()
    for mail_id in mails_make():
        mail_send(mail_id)

    (letter,) = mail.outbox
    assert letter.to == ["vera@example.org"]
    assert "127.0.0.1" in letter.body
    assert f"/lms/endpoints/{endpoint.public_id}/" in letter.body
    assert "whsec_" not in letter.body


def test_what_is_older_than_thirty_days_is_forgotten_and_never_made_anew(cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event()
    send_all()
    aged(31)
    webhooks_watch()
    assert WebhookMessage.objects.count() == 0, "the horizon moves first, then what is behind it goes"
    webhooks_watch()
    send_all()

    assert (WebhookMessage.objects.count(), WebhookDelivery.objects.count(), len(there.got)) == (0, 0, 1)
    assert endpoint in WebhookEndpoint.objects.all()


def test_what_still_waits_or_was_tried_lately_is_kept(cast: Cast, there: Receiver):
    an_endpoint(there.url)
    there.status = 500
    an_event()
    send_all()
    aged(31)
    webhooks_watch()
    assert WebhookMessage.objects.count() == 1

    there.status = 204
    due_now()
    send_all()
    webhooks_watch()
    assert WebhookMessage.objects.get().state == "delivered"


def test_a_deleted_endpoint_goes_with_its_last_message(cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event()
    send_all()
    endpoint_delete(endpoint, by=BY)
    webhooks_watch()
    assert WebhookEndpoint.objects.exists()
    aged(31)
    WebhookEndpoint.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    webhooks_watch()

    assert not WebhookEndpoint.objects.exists()

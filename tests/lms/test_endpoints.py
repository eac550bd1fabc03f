"""What people do with endpoints and messages, and what the audit log keeps of it."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from grader.events.models import Event
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.outbox import events_dispatch
from grader.lms.webhooks.queries import Wanted, endpoints_managed_by, last_day, last_failures, messages_of
from grader.lms.webhooks.services import (
    EndpointRefused,
    EndpointResting,
    endpoint_delete,
    endpoint_pause,
    endpoint_ping,
    endpoint_resume,
    endpoint_rotate_secret,
    endpoint_update,
    message_redeliver,
    messages_replay,
)
from tests.factories import Cast, graded
from tests.lms.receiver import Receiver
from tests.lms.sending import BY, an_endpoint, an_event, send_all, the_message


def fresh(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.get(pk=endpoint.pk)


def numbers(there: Receiver) -> list[int]:

    return [json.loads(body)["data"]["number"] for _, body in there.got]


def test_all_that_is_wrong_with_an_endpoint_is_said_at_once(db: None):
    with pytest.raises(EndpointRefused) as refused:
        an_endpoint("ftp://lms.example/", "grade.chnged", concurrency=9)

    assert set(refused.value.problems) == {"url", "events", "concurrency"}


@pytest.mark.parametrize("name", ["endpoint.ping", "audit.endpoint.made", "person.invited"])
def test_what_is_not_offered_cannot_be_chosen(db: None, name: str):
    with pytest.raises(EndpointRefused, match="Unknown events"):
        an_endpoint("https://lms.example/", name)


def test_what_happens_while_it_is_paused_is_sent_when_it_goes_on(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    endpoint_pause(endpoint, by=BY)
    an_event(1)
    send_all()
    assert there.got == []

    endpoint_resume(endpoint, by=BY)
    send_all()

    assert numbers(there) == [1]


def test_a_message_that_waits_when_its_endpoint_is_paused_waits_on(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event(1)
    events_dispatch()
    endpoint_pause(endpoint, by=BY)
    send_all()

    assert (there.got, the_message().state) == ([], "waiting")


def test_who_was_switched_off_hears_all_it_missed_and_all_that_was_given_up_since_it_failed(
    db: None, there: Receiver, settings: Any
):
    settings.GRADER_WEBHOOK_RETRY_S = ()
    endpoint = an_endpoint(there.url)
    there.status = 410
    an_event(1)
    send_all()
    an_event(2)
    send_all()
    assert numbers(there) == [1]

    there.status = 204
    endpoint_resume(endpoint, by=BY)
    send_all()

    assert sorted(numbers(there)) == [1, 1, 2]
    row = fresh(endpoint)
    assert (row.state, row.disabled_why, row.failing_since) == ("active", "", None)


def test_a_deleted_endpoint_has_no_secret_is_called_no_more_and_is_found_by_nobody(cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event(1)
    events_dispatch()
    endpoint_delete(endpoint, by=BY)
    an_event(2)
    send_all()

    assert there.got == []
    assert fresh(endpoint).secret == ""
    assert not endpoints_managed_by(cast.admin).exists()
    for act in (endpoint_ping, endpoint_resume, endpoint_rotate_secret):
        with pytest.raises(EndpointResting):
            act(endpoint, by=BY)


def test_a_ping_reaches_its_endpoint_alone_once_and_also_one_that_is_paused(db: None, there: Receiver):
    endpoint, _ = an_endpoint(there.url), an_endpoint(there.url)
    endpoint_pause(endpoint, by=BY)
    there.status = 500
    endpoint_ping(endpoint, by=BY)
    send_all()
    send_all()

    assert len(there.got) == 1
    assert the_message().state == "given_up"


def test_a_message_sent_again_keeps_its_id_and_gets_a_new_time(db: None, there: Receiver, monkeypatch: pytest.MonkeyPatch):
    an_endpoint(there.url)
    an_event()
    send_all()
    message_redeliver(the_message(), by=BY)
    send_all()

    (first, body), (second, again) = there.got
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    assert WebhookDelivery.objects.count() == 2
    assert the_message().tries == 1


def test_nothing_is_sent_again_to_one_that_is_paused(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event()
    send_all()
    endpoint_pause(endpoint, by=BY)

    with pytest.raises(EndpointResting):
        message_redeliver(the_message(), by=BY)
    with pytest.raises(EndpointResting):
        messages_replay(endpoint, timezone.now(), timezone.now(), by=BY)


def test_a_range_is_replayed_with_what_was_before_the_endpoint(db: None, there: Receiver):
    an_event(1)
    endpoint = an_endpoint(there.url)
    an_event(2)
    send_all()
    an_event(3, event_type="submission.received")

    hour = timedelta(hours=1)
    number = messages_replay(endpoint, timezone.now() - hour, timezone.now() + hour, by=BY)
    send_all()

    assert number == 2
    assert sorted(numbers(there)) == [1, 2, 2]


def test_a_replay_may_leave_out_what_arrived(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    an_event(1)
    send_all()

    hour = timedelta(hours=1)
    assert messages_replay(endpoint, timezone.now() - hour, timezone.now() + hour, by=BY, delivered_too=False) == 0


def test_a_choice_of_events_can_be_changed(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    endpoint_update(endpoint, by=BY, events=["submission.received"], name=" Moodle ", concurrency=4)
    an_event(1)
    an_event(2, event_type="submission.received")
    send_all()

    assert numbers(there) == [2]
    assert (fresh(endpoint).name, fresh(endpoint).concurrency, fresh(endpoint).url) == ("Moodle", 4, there.url)


def test_each_act_leaves_who_and_what_in_the_audit_log_and_no_secret(db: None, there: Receiver):
    endpoint = an_endpoint(there.url)
    secrets = [endpoint.secret, endpoint_rotate_secret(endpoint, by=BY)]
    an_event()
    send_all()
    endpoint_update(endpoint, by=BY, name="x")
    endpoint_ping(endpoint, by=BY)
    message_redeliver(WebhookMessage.objects.get(event__type="grade.changed"), by=BY)
    messages_replay(endpoint, timezone.now(), timezone.now(), by=BY)
    endpoint_pause(endpoint, by=BY)
    endpoint_resume(endpoint, by=BY)
    endpoint_delete(endpoint, by=BY)

    rows = Event.objects.filter(type__startswith="audit.").order_by("id")
    said = [row.type.removeprefix("audit.endpoint.") for row in rows]
    assert said == [
        "made", "secret_rotated", "changed", "pinged", "message_redelivered", "messages_replayed", "paused", "resumed", "deleted",
    ]  # fmt: skip
    assert {row.data["by"]["person"] for row in rows} == {"usr_tester"}
    assert not any(secret in str(row.data) for row in rows for secret in secrets)


def test_a_teacher_sees_the_endpoints_of_their_course_and_the_admin_all(cast: Cast):
    whole = an_endpoint("https://lms.example/")
    mine = an_endpoint("https://lms.example/small", course=cast.course)

    assert list(endpoints_managed_by(cast.admin)) == [whole, mine]
    assert list(endpoints_managed_by(cast.teacher)) == [mine]
    for other in (cast.other_teacher, cast.assistant, cast.student):
        assert not endpoints_managed_by(other).exists()


def test_messages_are_found_by_type_state_student_and_time(cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url, "grade.changed", "submission.received")
    graded(cast, 1.0)
    graded(cast, 2.0, student=cast.classmate)
    send_all()
    an_event(1)
    events_dispatch()

    def found(**wanted: Any) -> int:
        return messages_of(endpoint, Wanted(**wanted)).count()

    assert found() == 5
    assert found(event_type="submission.received") == 2
    assert found(state="waiting") == 1
    assert (found(student="lms-student"), found(student="classmate"), found(student="nobody")) == (2, 2, 0)
    assert (found(since=timezone.now()), found(until=timezone.now())) == (0, 5)


def test_the_last_day_and_the_last_failure_of_each_endpoint(db: None, there: Receiver):
    good, bad = an_endpoint(there.url), an_endpoint(there.url, "submission.received")
    an_event()
    send_all()
    there.status = 500
    an_event(event_type="submission.received")
    send_all()

    day = last_day([good, bad])
    assert [len(hours) for hours in day.values()] == [24, 24]
    assert (day[good.pk][-1].delivered, day[good.pk][-1].failed, day[bad.pk][-1].failed) == (1, 0, 1)
    assert {pk: row.kind for pk, row in last_failures([good, bad]).items()} == {bad.pk: "server"}


def test_the_command_prints_the_secret_alone(db: None):
    out = StringIO()
    call_command("webhook_create", url="https://lms.example/hook", events=["grade.changed"], stdout=out, stderr=StringIO())

    assert out.getvalue().strip() == WebhookEndpoint.objects.get().secret


def test_the_command_refuses_an_event_that_does_not_exist(db: None):
    with pytest.raises(CommandError, match=r"Unknown events: grade\.chnged"):
        call_command("webhook_create", url="https://lms.example/hook", events=["grade.chnged"])

"""What pages say of messages, and telling them again."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from grader.lms.models import WebhookMessage
from grader.lms.views.spark import spark_of
from grader.lms.webhooks.queries import Hour
from grader.lms.webhooks.services import endpoint_pause
from tests.factories import Cast, graded
from tests.lms.receiver import Receiver
from tests.lms.sending import BY, an_endpoint, an_event, send_all
from tests.lms.test_pages import HOSTILE, At, do, page


def test_what_failed_is_said_in_words_with_what_came_back(at: At, cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url, course=cast.course)
    there.status, there.body, there.headers = 500, b"<b>no disk</b>", {"Content-Length": "14"}
    graded(cast, 1.0)
    send_all()
    message = WebhookMessage.objects.select_related("event").get()
    client = at(cast.teacher)

    here = page(client, endpoint)
    told = client.get(reverse("lms:message", args=[endpoint.public_id, message.event.public_id])).content.decode()

    assert "fails" in here and "The receiver failed. Its own log says why." in here and "1 try failed" in here
    assert cast.student.display_name() in here
    assert "&lt;b&gt;no disk&lt;/b&gt;" in told and "HTTP 500" in told and "webhook-signature: v1," in told
    assert "grade_version" in told and message.event.public_id in told


def test_a_message_is_sent_again_under_its_id(at: At, cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url, course=cast.course)
    an_event(1)
    send_all()
    (message,) = WebhookMessage.objects.select_related("event")
    client, address = at(cast.teacher), reverse("lms:message", args=[endpoint.public_id, message.event.public_id])

    client.post(address)
    client.post(address)
    send_all()
    endpoint_pause(endpoint, by=BY)
    refused = client.post(address, follow=True)

    assert [headers["webhook-id"] for headers, _ in there.got] == [message.event.public_id] * 2
    assert "Let it go on first" in refused.content.decode()


@pytest.mark.parametrize(("what", "says"), [("missed", "Send 1 message again?"), ("all", "Send 2 messages again?")])
def test_a_time_is_sent_again_after_it_was_said_how_much_it_is(at: At, cast: Cast, there: Receiver, what: str, says: str):
    endpoint = an_endpoint(there.url, course=cast.course)
    an_event(1)
    send_all()
    there.status = 500
    an_event(2)
    send_all()
    client, address = at(cast.teacher), reverse("lms:endpoint_replay", args=[endpoint.public_id])

    asked = client.get(address, {"span": "hour", "what": what}).content.decode()
    before = WebhookMessage.objects.filter(state="waiting", tries=0).count()
    done = client.post(address, {"span": "hour", "what": what}, follow=True).content.decode()

    number = int(says.split()[1])
    assert says in asked and before == 0
    assert WebhookMessage.objects.filter(state="waiting", tries=0).count() == number
    assert f"{number} message" in done


def test_an_endpoint_that_rests_is_told_nothing_again(at: At, cast: Cast):
    endpoint = an_endpoint("https://lms.example/", course=cast.course)
    endpoint_pause(endpoint, by=BY)

    told = at(cast.teacher).post(reverse("lms:endpoint_replay", args=[endpoint.public_id]), {"what": "all"}, follow=True)

    assert "Let it go on first" in told.content.decode()


def test_a_ping_leads_to_its_message(at: At, cast: Cast, there: Receiver):
    endpoint = an_endpoint(there.url, course=cast.course)

    told = do(at(cast.teacher), endpoint, "ping")
    send_all()

    assert "Taken." in at(cast.teacher).get(told["Location"]).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("?state=delivered", True), ("?state=waiting", False), ("?event=run.started", False), ("?student=zzz", False),
     ("?student=%00&state=%00&event=%22&page=x", True), ("?page=99", True)],
)  # fmt: skip
def test_messages_are_chosen_by_what_stands_in_the_address(at: At, cast: Cast, there: Receiver, query: str, found: bool):
    endpoint = an_endpoint(there.url, course=cast.course)
    graded(cast, 1.0)
    send_all()

    assert ("/messages/evt_" in page(at(cast.teacher), endpoint, query)) is found


def test_hostile_values_are_shown_as_text(at: At, cast: Cast, there: Receiver):
    endpoint = an_endpoint(f"{there.url}?a={HOSTILE}".replace(" ", ""), course=cast.course, name=HOSTILE)
    an_event(1, external_user_id=HOSTILE, assignment=HOSTILE)
    there.status, there.body, there.headers = 400, HOSTILE.encode(), {"X-Evil": HOSTILE}
    send_all()
    message = WebhookMessage.objects.select_related("event").get()
    client = at(cast.teacher)

    shown = [
        client.get(address).content.decode()
        for address in (
            reverse("lms:endpoints"),
            reverse("lms:endpoint", args=[endpoint.public_id]) + "?student=%22%3E%3Cscript%3Ealert(1)",
            reverse("lms:message", args=[endpoint.public_id, message.event.public_id]),
        )
    ]

    assert all(
        "<script>alert" not in one and "&lt;script&gt;" in one and "14" not in one.split("7|add:7")[0][-3:] for one in shown
    )


def test_a_failure_among_thousands_is_seen_in_the_bars_of_the_day():
    now = timezone.now()

    spark = spark_of([Hour(now), Hour(now, 5000, 1), Hour(now, 0, 3)])

    assert [(bar.x, bar.taken, bar.failed, bar.taken_y, bar.failed_y) for bar in spark.bars] == [
        (10, 20, 2, 4, 2),
        (20, 0, 2, 24, 22),
    ]
    assert (spark.delivered, spark.failed) == (5000, 4)

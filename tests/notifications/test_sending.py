"""Sending letters: a server that is away, a worker that dies, an event that comes late, and each letter once."""

from __future__ import annotations

import smtplib
import threading
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from grader.accounts.passwords import password_ask, people_invite
from grader.events.models import Event
from grader.events.services import event_add
from grader.notifications import tasks
from grader.notifications.models import Mail, MailCursor, MailTry
from grader.notifications.services import RETRY_S, mail_send, mails_due, mails_make
from tests.factories import Cast, graded
from tests.notifications.test_mail import due_now, letters, send_all


class Broken(EmailBackend):
    """A mail server that fails as the tests say."""

    problem: Exception | None = None

    def send_messages(self, messages: Any) -> int:
        if Broken.problem is not None:
            raise Broken.problem
        return super().send_messages(messages)


@pytest.fixture
def server(settings: Any) -> Any:
    settings.EMAIL_BACKEND = "tests.notifications.test_sending.Broken"
    Broken.problem = None
    yield Broken
    Broken.problem = None


def test_a_server_that_is_away_is_tried_again_later_and_each_try_leaves_a_row(anna: Any, cast: Cast, server: Any):
    graded(cast)
    server.problem = ConnectionRefusedError("nobody there")
    assert send_all() == [False]
    row = Mail.objects.get()
    assert row.state == Mail.State.WAITING
    assert 20 < (row.next_try_at - timezone.now()).total_seconds() < 40
    assert mails_due() == []

    server.problem = None
    due_now()
    assert [mail_send(mail_id) for mail_id in mails_due()] == [True]

    assert list(MailTry.objects.order_by("id").values_list("sent", "error")) == [
        (False, "ConnectionRefusedError: nobody there"),
        (True, ""),
    ]
    assert len(letters()) == 1


def test_an_address_that_does_not_exist_is_given_up_at_once(anna: Any, cast: Cast, server: Any):
    graded(cast)
    server.problem = smtplib.SMTPRecipientsRefused({"anna@example.org": (550, b"no such mailbox")})

    send_all()

    assert (Mail.objects.get().state, Mail.objects.get().why) == (Mail.State.GIVEN_UP, "refused")


def test_a_server_that_never_comes_back_is_given_up_after_some_days(anna: Any, cast: Cast, server: Any):
    graded(cast)
    mails_make()
    server.problem = TimeoutError()
    for _ in range(len(RETRY_S) + 3):
        due_now()
        for mail_id in mails_due():
            mail_send(mail_id)

    assert Mail.objects.get().state == Mail.State.GIVEN_UP
    assert MailTry.objects.count() == len(RETRY_S) + 1


def test_a_worker_killed_before_it_sent_loses_nothing(anna: Any, cast: Cast, server: Any):
    graded(cast)
    mails_make()
    server.problem = KeyboardInterrupt()  # as a kill: nothing of ours runs after it
    with pytest.raises(KeyboardInterrupt):
        mail_send(Mail.objects.get().pk)
    assert mails_due() == []  # held for a while: the worker might still be at it

    server.problem = None
    due_now()

    assert [mail_send(mail_id) for mail_id in mails_due()] == [True]
    assert len(letters()) == 1


def test_a_letter_that_may_have_gone_out_goes_again_under_the_same_id(anna: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    """Killed between the server's yes and our row: mailboxes take the two for one by their Message-ID."""
    graded(cast)
    mails_make()
    mail_id = Mail.objects.get().pk
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(
            "grader.notifications.services._mail_settle", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        mail_send(mail_id)
    due_now()
    mail_send(mail_id)

    first, second = letters()
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_letter_that_can_not_be_written_stops_no_other(anna: Any, cast: Cast):
    event_add(event_type="join.asked", course_slug="small", data={"user_id": anna.public_id, "section_id": "sec_gone"})
    password_ask(email="anna@example.org", address="192.0.2.1")

    assert send_all() == [False, True]


def test_events_of_things_that_are_gone_are_read_once(db: None):
    event_add(event_type="run.finished", course_slug="small", data={"submission_id": "sub_gone"})

    assert mails_make() == []
    assert mails_make() == []
    assert Mail.objects.get().why == "gone"


def test_an_event_that_commits_late_is_told_too(anna: Any, cast: Cast):
    people_invite(people=[anna], course_slug="small")
    late = Event.objects.get()
    MailCursor.objects.update(last_event=0)
    event_add(event_type="grade.changed", course_slug="small", data={})

    assert len(mails_make()) == 1
    assert MailCursor.objects.get().last_event < late.pk  # nothing is settled within the hour


def test_rows_of_tries_are_facts(anna: Any, cast: Cast):
    graded(cast)
    send_all()

    with pytest.raises(IntegrityError), transaction.atomic():
        MailTry.objects.update(error="never happened")


def test_the_doorway_makes_and_rings_for_each(anna: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    rung: list[tuple[str, list[int], str]] = []
    monkeypatch.setattr(tasks, "send", lambda task, args, queue: rung.append((task, args, queue)))
    graded(cast)

    tasks.dispatch()
    assert rung == [("notifications.send", [Mail.objects.get().pk], "notify")]
    tasks.deliver(rung[0][1][0])
    tasks.deliver(rung[0][1][0])

    assert len(letters()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_letter(settings: Any):
    from tests.factories import a_cast

    cast = a_cast()
    cast.student.email = "anna@example.org"
    cast.student.save()
    graded(cast)
    mails_make()
    mail_id = Mail.objects.get().pk
    done: list[bool | None] = []

    def work() -> None:
        done.append(mail_send(mail_id))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(done, key=str) == [None, None, None, True]
    assert len(letters()) == 1

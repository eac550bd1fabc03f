"""Letters over the wire, to a server that speaks SMTP."""

from __future__ import annotations

from typing import Any

from grader.notifications.models import Mail, MailTry
from tests.factories import Cast, graded
from tests.notifications.post_office import by_smtp, post_office
from tests.notifications.test_mail import due_now, send_all


def test_a_letter_arrives_in_russian_with_both_parts_and_a_way_to_switch_it_off(anna: Any, cast: Cast, settings: Any):
    anna.language = "ru"
    anna.save()
    graded(cast, 1.5)
    with post_office() as office:
        by_smtp(settings, office.port)
        assert send_all() == [True]

    (letter,) = office.got
    assert letter["Subject"] == "Проверено: Тетрадь"
    assert letter["Message-ID"] == f"<{Mail.objects.get().public_id}@grader.example.org>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Auto-Submitted"] == "auto-generated"
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert "Ваши баллы сейчас: 1,5 из 3" in plain.get_content()
    assert "1,5 из 3" in html.get_content()


def test_a_mailbox_that_does_not_exist_is_given_up(anna: Any, cast: Cast, settings: Any):
    anna.email = "nobody@example.org"
    anna.save()
    graded(cast)
    with post_office() as office:
        by_smtp(settings, office.port)
        assert send_all() == [False]

    assert (Mail.objects.get().state, Mail.objects.get().why) == (Mail.State.GIVEN_UP, "refused")
    assert office.got == []


def test_a_server_that_comes_back_gets_what_waited(anna: Any, cast: Cast, settings: Any):
    graded(cast)
    with post_office() as office:
        gone = office.port
    by_smtp(settings, gone)
    assert send_all() == [False]
    assert Mail.objects.get().state == Mail.State.WAITING

    with post_office() as office:
        by_smtp(settings, office.port)
        due_now()
        assert send_all() == [True]

    assert len(office.got) == 1
    assert list(MailTry.objects.order_by("id").values_list("sent", flat=True)) == [False, True]

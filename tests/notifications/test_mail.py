"""Mail: whom it goes to and when, and what a letter says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core import mail as django_mail
from django.db.models.functions import Now
from django.utils import timezone

from grader.accounts.models import Extension
from grader.accounts.passwords import password_ask, people_invite
from grader.accounts.sections import join_ask, section_open
from grader.events.models import Event
from grader.gradebook.extensions import extensions_give, extensions_take_back
from grader.gradebook.reviews import review_decide, review_open
from grader.notifications.models import Mail, MailTry
from grader.notifications.services import mail_send, mails_due, mails_make
from tests.accounts.test_sections import a_section
from tests.factories import Cast, a_claim, a_result, a_submission, graded


def send_all() -> list[bool | None]:
    mails_make()
    return [mail_send(mail_id) for mail_id in mails_due()]


def due_now() -> None:
    Mail.objects.update(next_try_at=Now() - timedelta(seconds=1))


def letters() -> list[Any]:
    return list(django_mail.outbox)


def test_a_result_is_told_once_however_often_it_is_asked_for(anna: Any, cast: Cast):
    submission = graded(cast, 2.0)

    assert send_all() == [True]
    assert send_all() == []

    (letter,) = letters()
    assert letter.to == ["anna@example.org"]
    assert letter.subject == "Graded: A notebook"
    assert "Your points now: 2 of 3" in letter.body
    assert f"https://grader.example.org/submissions/{submission.public_id}/" in letter.body
    assert "https://grader.example.org/settings/" in letter.body
    assert "https://grader.example.org/settings/" in letter.alternatives[0][0]
    assert Mail.objects.get().state == Mail.State.SENT
    assert MailTry.objects.get().sent


def test_a_letter_is_written_in_the_persons_language_and_zone(anna: Any, cast: Cast):
    anna.language, anna.time_zone = "ru", "Asia/Omsk"
    anna.save()
    due = timezone.now().replace(hour=9, minute=0) + timedelta(days=3)
    extensions_give(students=[anna], assignment=cast.lab, due_at=due, reason="болезнь", by=cast.teacher)

    send_all()

    (letter,) = letters()
    assert letter.subject == "Вам продлили срок: Тетрадь"
    assert f"{due.strftime('%d.%m.%Y')} 15:00 (UTC+6)" in letter.body
    assert "> болезнь" in letter.body
    html = letter.alternatives[0][0]
    assert '<html lang="ru">' in html
    assert "15:00 (UTC+6)" in html


def test_nobody_is_written_to_against_their_will_or_without_an_address(anna: Any, cast: Cast):
    anna.mail_results = False
    anna.save()
    graded(cast)
    graded(cast, student=cast.classmate)

    assert send_all() == []
    assert sorted(Mail.objects.values_list("state", "why")) == [("skipped", "no_email"), ("skipped", "not_wanted")]


def test_who_changes_their_mind_before_it_goes_gets_none(anna: Any, cast: Cast):
    graded(cast)
    mails_make()
    anna.mail_results = False
    anna.save()

    assert [mail_send(mail_id) for mail_id in mails_due()] == [False]
    assert Mail.objects.get().why == "not_wanted"
    assert letters() == []


def test_of_a_storm_of_attempts_the_last_is_told(anna: Any, cast: Cast):
    graded(cast, 1.0)
    graded(cast, 2.0)
    last = graded(cast, 3.0)

    send_all()

    assert [letter.subject for letter in letters()] == ["Graded: A notebook"]
    assert last.public_id in letters()[0].body
    assert sorted(Mail.objects.values_list("why", flat=True)) == ["", "newer_attempt", "newer_attempt"]


def test_work_that_is_judged_while_one_looks_on_is_not_written_about(anna: Any, cast: Cast):
    from grader.gradebook.services import submission_receive

    submission_receive(student=anna, assignment=cast.quiz, notebook=None, answers={"1.2": "50"})

    assert send_all() == []
    assert Mail.objects.get().why == "judged_at_once"


def test_a_run_that_died_is_told_as_such(anna: Any, cast: Cast):
    from grader.checks.values import RunFacts
    from grader.gradebook.services import run_record

    submission = a_submission(cast)
    run_record(a_claim(submission), a_result(0.0, status="broken", run=RunFacts("memory"), tasks=()))

    send_all()

    assert letters()[0].subject == "The run failed: A notebook"


def test_an_extension_and_its_end_are_told_and_of_two_in_a_row_the_newest(anna: Any, cast: Cast):
    give: dict[str, Any] = {"students": [anna], "assignment": cast.lab, "reason": "ill", "by": cast.teacher}
    extensions_give(**give, more_attempts=1)
    extensions_give(**give, more_attempts=2)
    send_all()
    extensions_take_back(**give)
    send_all()

    assert [letter.subject for letter in letters()] == ["An extension for you: A notebook", "Extension taken back: A notebook"]
    assert Extension.objects.count() == 3


def test_an_answered_review_is_told_in_the_words_of_who_answered(anna: Any, cast: Cast):
    submission = graded(cast, 1.0)
    review = review_open(submission=submission, task="2.1", asked="It is right, I think.")
    review_decide(review, by=cast.assistant, points=Decimal(3), answer="You are right: see line 2.")

    send_all()

    letter = next(letter for letter in letters() if "Reviewed" in letter.subject)
    assert letter.subject == "Reviewed: A notebook, task 2.1"
    assert "> You are right: see line 2." in letter.body
    assert "right: see line 2." in letter.alternatives[0][0]


def test_links_to_set_a_password_are_made_when_the_letter_is_written(anna: Any, cast: Cast, at: Any):
    people_invite(people=[anna], course_slug="small")
    send_all()

    (letter,) = letters()
    path = letter.body.split("https://grader.example.org")[1].split()[0]
    assert path.startswith("/password/set/")
    assert "Choose a password" in at(None).get(path, follow=True).text
    assert "List-Unsubscribe" not in letter.extra_headers
    assert not any("/password/" in str(event.data) for event in Event.objects.all())


def test_an_invitation_that_was_used_meanwhile_is_not_sent(anna: Any, cast: Cast):
    people_invite(people=[anna], course_slug="small")
    anna.set_password("a long one of my own")
    anna.save()

    assert send_all() == [False]
    assert letters() == []


def test_a_forgotten_password_is_answered_whatever_was_switched_off(anna: Any):
    anna.mail_results = anna.mail_reviews = anna.mail_extensions = False
    anna.save()
    password_ask(email="anna@example.org", address="192.0.2.1")

    assert send_all() == [True]
    assert letters()[0].subject == "A new password"


def test_a_link_that_would_come_days_late_is_not_sent(anna: Any):
    password_ask(email="anna@example.org", address="192.0.2.1")
    mails_make()
    Mail.objects.update(made_at=timezone.now() - timedelta(days=3))

    assert [mail_send(mail_id) for mail_id in mails_due()] == [False]
    assert Mail.objects.get().why == "too_late"


def test_a_letter_to_a_stranger_holds_no_word_of_whoever_asked_for_it(cast: Cast):
    """Else anybody with a section's link could have us write to anybody what they like."""
    section = a_section(cast, "A")
    section_open(section)
    spam = {"last_name": "Click", "first_name": "You have won: evil.example"}
    join_ask(section=section, email="victim@example.org", address="192.0.2.1", **spam)
    password_ask(email="victim@example.org", address="192.0.2.1")
    assert send_all() == [True, True]

    for letter in letters():
        for text in (letter.subject, letter.body, letter.alternatives[0][0]):
            assert "evil" not in text
            assert "Click" not in text
        assert "victim@example.org" in letter.body


def test_who_asks_to_join_is_led_to_the_section(anna: Any, cast: Cast):
    section = a_section(cast, "Group A")
    section_open(section)
    join_ask(section=section, email="new@example.org", last_name="Ёлкина", first_name="Вера", address="192.0.2.1")
    anna.set_password("a long one of my own")
    anna.save()
    join_ask(section=section, email="anna@example.org", last_name="x", first_name="y", address="192.0.2.1")

    send_all()

    new, known = letters()
    assert "/password/set/" in new.body
    assert f"/{section.join_code}/" in new.body
    assert f"https://grader.example.org/join/{section.join_code}/" in known.body


def test_a_letter_can_be_switched_off_by_the_mail_programs_own_button(anna: Any, cast: Cast, at: Any):
    graded(cast)
    send_all()
    headers = letters()[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].strip("<>").removeprefix("https://grader.example.org")

    assert at(None).get(path).status_code == 200
    anna.refresh_from_db()
    assert anna.mail_results  # a scanner that follows links changes nothing
    strict = type(at(None))(enforce_csrf_checks=True)
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    anna.refresh_from_db()
    assert (anna.mail_results, anna.mail_reviews) == (False, True)
    assert "Send them again" in at(None).get(path).text
    at(None).post(path, {"do": "on"})
    anna.refresh_from_db()
    assert anna.mail_results


def test_a_made_up_choice_changes_nothing_and_says_where_to_go(db: None, at: Any):
    answer = at(None).get("/mail/choice/abc:def:ghi/")

    assert answer.status_code == 404
    assert "/settings/" in answer.text

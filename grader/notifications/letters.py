"""Writing a letter in the language and the time zone of whoever reads it, as plain text and as simple HTML, in the same words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from grader.accounts.models import Extension, Section, User
from grader.accounts.passwords import password_path
from grader.gradebook.models import Grade, Review
from grader.notifications.choices import choice_address, site_address
from grader.notifications.kinds import KINDS
from grader.notifications.models import Mail
from grader.submissions.models import Submission
from grader.submissions.templatetags.words import in_language, number, when
from grader.submissions.terms import terms_with


@dataclass(frozen=True)
class Letter:
    """What a letter says: a subject, paragraphs, and the one thing to do next."""

    subject: str
    paragraphs: list[str]
    button: str
    path: str
    quote: str = ""  # words of a person, shown as theirs
    facts: list[tuple[str, str]] = field(default_factory=list)


def letter_of(mail: Mail) -> EmailMultiAlternatives:
    """The whole message for a row that has a person."""
    person = mail.person
    if person is None:
        raise ValueError("A letter needs somebody to read it.")
    zone = ZoneInfo(person.time_zone) if person.time_zone else None
    with translation.override(person.language), timezone.override(zone or timezone.get_default_timezone()):
        letter = LETTERS[mail.kind](mail, person)
        kind = KINDS[mail.kind]
        choice = choice_address(person, kind) if kind.choice else ""
        context = {
            "letter": letter,
            "name": _called(person),
            "address": site_address(letter.path),
            "choice": choice,
            "settings_address": site_address(reverse("settings")),
            "language": person.language,
        }
        text = render_to_string("notifications/letter.txt", context)
        html = render_to_string("notifications/letter.html", context)
    message = EmailMultiAlternatives(
        " ".join(letter.subject.split())[:180], text, settings.DEFAULT_FROM_EMAIL, [person.email], headers=_headers(mail, choice)
    )
    message.attach_alternative(html, "text/html")
    return message


def _called(person: User) -> str:
    """In a greeting. Who has come in never and is in no course may have got their name from anybody who knows their e-mail."""
    vouched_for = person.last_login is not None or person.enrolments.exists()
    return (person.first_name or person.display_name()) if vouched_for else person.email


def _headers(mail: Mail, choice: str) -> dict[str, str]:
    host = urlsplit(settings.MAIL_LINKS).hostname or "localhost"
    headers = {"Message-ID": f"<{mail.public_id}@{host}>", "Auto-Submitted": "auto-generated"}
    if choice:  # RFC 8058: the mail program's own "unsubscribe" button
        headers |= {"List-Unsubscribe": f"<{choice}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _result(mail: Mail, person: User) -> Letter:
    submission = Submission.objects.select_related("assignment__course").get(public_id=mail.about)
    grade = Grade.objects.filter(student=person, assignment=submission.assignment).first()
    words = {"title": in_language(submission.assignment.title), "attempt": submission.attempt}
    broken = submission.state == "broken"
    said = _("Attempt %(attempt)d at “%(title)s” could not be run to its end. The page says where it stopped and what to mend.")
    paragraphs = [(said if broken else _("Attempt %(attempt)d at “%(title)s” has been graded.")) % words]
    facts = []
    if grade and grade.score is not None:
        facts.append(
            (_("Your points now"), _("%(score)s of %(most)s") % {"score": number(grade.score), "most": number(grade.max_score)})
        )
    if grade and grade.state == Grade.State.REVIEW:
        paragraphs.append(_("A person still looks at a part of it."))
    subject = _("The run failed: %(title)s") if broken else _("Graded: %(title)s")
    path = reverse("submissions:show", args=[submission.public_id])
    return Letter(subject % words, paragraphs, _("See the result"), path, facts=facts)


def _review(mail: Mail, person: User) -> Letter:
    review = Review.objects.select_related("submission__assignment").get(public_id=mail.about)
    title = in_language(review.submission.assignment.title)
    words = {"title": title, "task": review.task}
    said = _("A person has looked at task %(task)s of “%(title)s”. The answer:") % words
    path = reverse("submissions:show", args=[review.submission.public_id])
    return Letter(_("Reviewed: %(title)s, task %(task)s") % words, [said], _("See the result"), path, quote=review.answer)


def _extension(mail: Mail, person: User) -> Letter:
    row = Extension.objects.select_related("assignment__course").get(public_id=mail.about)
    words = {"title": in_language(row.assignment.title)}
    path = reverse("assignments:show", args=[row.assignment.course.slug, row.assignment.slug])
    terms = terms_with(row.assignment, row if row.gives else None)
    facts = [
        (_("Due"), _moment(terms.due_at) or _("no due date")),
        (_("Closes"), _moment(terms.closes_at)),
        (_("Attempts"), str(terms.attempts_allowed) if terms.attempts_allowed is not None and row.more_attempts else ""),
    ]
    if row.gives:
        subject, said = (
            _("An extension for you: %(title)s"),
            _("You have been given an extension for “%(title)s”. For you it is now:"),
        )
    else:
        subject, said = (
            _("Extension taken back: %(title)s"),
            _("Your extension for “%(title)s” was taken back. For you it is now:"),
        )
    button = _("Open the assignment")
    return Letter(subject % words, [said % words], button, path, quote=row.reason, facts=[fact for fact in facts if fact[1]])


def _invitation(mail: Mail, person: User) -> Letter:
    said = _("Your teacher has made an account for you. Your log-in is %(login)s. Set a password, and you are in.")
    paragraphs = [said % {"login": person.username}, _once()]
    return Letter(_("Your account for homework"), paragraphs, _("Set a password"), password_path(person))


def _password(mail: Mail, person: User) -> Letter:
    said = _("Somebody, probably you, asked for a new password for the log-in %(login)s. Set it by the link.")
    paragraphs = [said % {"login": person.username}, _once(), _("If it was not you, do nothing: the old password stays.")]
    return Letter(_("A new password"), paragraphs, _("Set a password"), password_path(person))


def _join(mail: Mail, person: User) -> Letter:
    section = Section.objects.select_related("course").get(public_id=mail.about)
    words = {"course": in_language(section.course.title), "section": section.name}
    subject = _("Join “%(course)s”") % words
    if person.has_usable_password():
        said = _("You have an account here already. Log in by it, then join “%(course)s”, section “%(section)s”.")
        return Letter(subject, [said % words], _("Log in and join"), reverse("join", args=[section.join_code or "closed"]))
    said = _("You asked to join “%(course)s”, section “%(section)s”. Set a password, then press “Join”.")
    paragraphs = [said % words, _once(), _("If it was not you, do nothing.")]
    return Letter(subject, paragraphs, _("Set a password"), password_path(person, section.join_code or "closed"))


def _endpoint(mail: Mail, person: User) -> Letter:
    """All that is said lies in the event: this room knows nothing of endpoints."""
    said = mail.event.data
    words = {"host": said["host"]}
    missed = _("Nothing is lost: when it is switched on again, it is sent all that it missed.")
    if said["what"] == "failing":
        subject = _("A webhook does not get through: %(host)s")
        paragraphs = [_("For a day nothing that we send to %(host)s has been accepted. After five days we stop trying.") % words]
    elif said["what"] == "gone":
        subject = _("A webhook was switched off: %(host)s")
        paragraphs = [_("%(host)s answers that it wants no more of our messages, so we send none.") % words, missed]
    else:
        subject = _("A webhook was switched off: %(host)s")
        paragraphs = [_("For five days nothing that we send to %(host)s has been accepted, so we stopped.") % words, missed]
    facts = [(_("Failing since"), _moment(datetime.fromisoformat(said["since"])))] if said["since"] else []
    return Letter(subject % words, paragraphs, _("See what it answers"), f"/lms/endpoints/{mail.about}/", facts=facts)


def _moment(moment: datetime | None) -> str:
    """As pages show it, with its zone, without their markup."""
    return strip_tags(str(when(moment)))


def _once() -> str:
    return _("The link works once, for three days.")


LETTERS: dict[str, Callable[[Mail, User], Letter]] = {
    "result": _result,
    "review": _review,
    "extension": _extension,
    "invitation": _invitation,
    "password": _password,
    "join": _join,
    "endpoint": _endpoint,
}

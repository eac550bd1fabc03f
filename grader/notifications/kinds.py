"""What mail there is: which event it comes from, whom it goes to, and by which choice of theirs it can be switched off.

A kind answers two questions at two moments. `find`, when the event is read: who is to be told, and of what. `stale`, when the
letter is about to go: is it still of use?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from grader.accounts.models import Extension, User
from grader.events.models import Event
from grader.gradebook.models import Review
from grader.notifications.models import Mail
from grader.submissions.models import Submission, SubmissionState

ENDED = (SubmissionState.GRADED, SubmissionState.BROKEN)
UNDER_WAY = (SubmissionState.QUEUED, SubmissionState.RUNNING)
LINK_LIVES = timedelta(days=2)  # a letter with a link that is later than this serves nobody


@dataclass(frozen=True)
class Found:
    """Whom an event is to be told to; `skip` says why it is not."""

    person: User | None = None
    about: str = ""
    skip: str = ""


@dataclass(frozen=True)
class Kind:
    """`choice` names the person's own switch; "" for what was asked for and can't be switched off."""

    name: str
    events: tuple[str, ...]
    choice: str
    find: Callable[[Event], Found]
    stale: Callable[[Mail], str]


def _fresh(mail: Mail) -> str:
    return ""


def _late_link(mail: Mail) -> str:
    return "too_late" if timezone.now() - mail.made_at > LINK_LIVES else ""


def _submission(event: Event) -> Found:
    """One letter for an upload, however often it is judged; none for what was judged while its student looked on."""
    found = Submission.objects.select_related("student", "assignment").filter(public_id=event.data.get("submission_id")).first()
    if found is None:
        return Found(skip="gone")
    told = Mail.objects.filter(kind="result", about=found.public_id, state__in=[Mail.State.WAITING, Mail.State.SENT])
    skip = ""
    if not found.assignment.needs_worker:
        skip = "judged_at_once"
    elif found.state not in ENDED:
        skip = "not_judged"
    elif told.exists():
        skip = "told_already"
    return Found(found.student, found.public_id, skip)


def _newer_attempt(mail: Mail) -> str:
    """Of attempts in a row only the last is worth a letter: the others are on its page."""
    mine = Submission.objects.filter(public_id=mail.about).first()
    if mine is None:
        return "gone"
    newer = Submission.objects.filter(student=mine.student_id, assignment=mine.assignment_id, attempt__gt=mine.attempt)
    return "newer_attempt" if newer.filter(state__in=(*ENDED, *UNDER_WAY)).exists() else ""


def _review(event: Event) -> Found:
    found = Review.objects.select_related("submission__student").filter(public_id=event.data.get("review_id")).first()
    return Found(found.submission.student, found.public_id) if found else Found(skip="gone")


def _extension(event: Event) -> Found:
    found = Extension.objects.select_related("student").filter(public_id=event.data.get("extension_id")).first()
    return Found(found.student, found.public_id) if found else Found(skip="gone")


def _overtaken_extension(mail: Mail) -> str:
    """Given and changed within the same minute: the newest word is enough."""
    mine = Extension.objects.get(public_id=mail.about)
    newer = Extension.objects.filter(student=mine.student_id, assignment=mine.assignment_id, id__gt=mine.pk)
    return "newer_extension" if newer.exists() else ""


def _person(event: Event) -> Found:
    user = User.objects.filter(public_id=event.data.get("user_id")).first()
    return Found(user, event.data.get("section_id", "")) if user else Found(skip="gone")


def _endpoint(event: Event) -> Found:
    found = _person(event)
    return Found(found.person, event.data.get("endpoint_id", ""), found.skip)


def _invitation_used(mail: Mail) -> str:
    return "password_set" if mail.person and mail.person.has_usable_password() else _late_link(mail)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("result", ("run.finished", "run.failed"), "mail_results", _submission, _newer_attempt),
        Kind("review", ("review.resolved",), "mail_reviews", _review, _fresh),
        Kind("extension", ("extension.given", "extension.taken_back"), "mail_extensions", _extension, _overtaken_extension),
        Kind("invitation", ("person.invited",), "", _person, _invitation_used),
        Kind("password", ("password.asked",), "", _person, _late_link),
        Kind("endpoint", ("endpoint.trouble",), "", _endpoint, _fresh),
        Kind("join", ("join.asked",), "", _person, _late_link),
    )
}
BY_EVENT = {event: kind for kind in KINDS.values() for event in kind.events}

"""From events to letters: each event becomes one row, each row is sent by one worker at a time, each try leaves a row.

A crash loses nothing: a row stays waiting until a try has ended well. It doubles nothing either, but for one case that no mail
server lets anybody exclude: a process killed after the server took the letter and before we wrote that down. Then the same letter
goes again under the same Message-ID, which mailboxes take for one.

Events are read as webhooks read them (`grader.lms.webhooks.services`): two transactions may commit in another order than their
events' numbers, so each event newer than the cursor that has no row gets one, and the cursor moves only past settled ones.
"""

from __future__ import annotations

import logging
import random
import smtplib
import time
from datetime import timedelta

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.db.models.functions import Now

from grader.accounts.models import User
from grader.events.models import Event
from grader.notifications.kinds import BY_EVENT, KINDS, Found, Kind
from grader.notifications.letters import letter_of
from grader.notifications.models import Mail, MailCursor, MailTry

log = logging.getLogger(__name__)

RETRY_S = (30, 120, 600, 3600, 14_400, 43_200, 86_400)  # after the tries 1, 2, …
HOLD_S = 120  # a try in flight is nobody else's for so long; ten times what a server may keep us waiting
SETTLED = timedelta(hours=1)  # far longer than any transaction may live
BATCH = 500
REFUSED_FOR_GOOD = range(500, 600)  # SMTP: no such mailbox, say


@transaction.atomic
def mails_make() -> list[int]:
    """Make a row of each new event that people are told of. Returns the ids of those to be sent. One reader at a time."""
    MailCursor.objects.get_or_create(pk=1)
    cursor = MailCursor.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if cursor is None:  # another reader is at it
        return []
    told = Mail.objects.filter(event=OuterRef("pk"))
    fresh = Event.objects.filter(~Exists(told), id__gt=cursor.last_event, type__in=BY_EVENT).order_by("id")
    events = list(fresh[:BATCH])
    made = [_mail_make(event, BY_EVENT[event.type]) for event in events]
    if len(events) < BATCH:
        _move(cursor)
    return [mail.pk for mail in made if mail.state == Mail.State.WAITING]


def _mail_make(event: Event, kind: Kind) -> Mail:
    found = kind.find(event)
    skip = found.skip or _unreachable(found, kind)
    state = Mail.State.SKIPPED if skip else Mail.State.WAITING
    return Mail.objects.create(event=event, person=found.person, kind=kind.name, about=found.about, state=state, why=skip)


def _unreachable(found: Found, kind: Kind) -> str:
    person = found.person
    if person is None or not person.is_active:
        return "nobody"
    if not person.email:
        return "no_email"
    return "" if wants(person, kind) else "not_wanted"


def wants(person: User, kind: Kind) -> bool:
    """Whether this person wants such mail; what they asked for themselves they always get."""
    return not kind.choice or bool(getattr(person, kind.choice))


def _move(cursor: MailCursor) -> None:
    old = Event.objects.filter(id__gt=cursor.last_event, created_at__lt=Now() - SETTLED)
    newest = old.aggregate(newest=Max("id"))["newest"]
    if newest:
        cursor.last_event = newest
        cursor.save(update_fields=["last_event"])


def mails_due(limit: int = 200) -> list[int]:
    """Letters whose next try is due, the longest waiting first."""
    due = Mail.objects.filter(state=Mail.State.WAITING, next_try_at__lte=Now()).order_by("next_try_at", "id")
    return list(due.values_list("id", flat=True)[:limit])


def mail_send(mail_id: int) -> bool | None:
    """Try once. True: sent; False: not now, or of no use; None: somebody else has it, or it is not due."""
    mail = _mail_take(mail_id)
    if mail is None:
        return None
    began = time.monotonic()
    error, for_good = "", False
    try:
        letter = _still_of_use(mail)
        if letter is None:
            return False
        letter.send()
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        error, for_good = f"refused: {codes}", all(code in REFUSED_FOR_GOOD for code in codes)
    except (OSError, smtplib.SMTPException) as problem:
        error = f"{type(problem).__name__}: {problem}"
    except Exception as problem:  # a letter that we can't write: our own fault, seen in the log, and it does not stop others
        log.exception("mail %s can't be written", mail.public_id)
        error = f"{type(problem).__name__}: {problem}"
    _mail_settle(mail, error, int((time.monotonic() - began) * 1000), for_good=for_good)
    return not error


@transaction.atomic
def _mail_take(mail_id: int) -> Mail | None:
    """Hold the row for the length of a try without a transaction open meanwhile: its next try is moved ahead."""
    due = Mail.objects.filter(pk=mail_id, state=Mail.State.WAITING, next_try_at__lte=Now())
    mail = due.select_for_update(skip_locked=True, of=("self",)).select_related("person", "event").first()
    if mail is None:
        return None
    mail.tries += 1
    Mail.objects.filter(pk=mail.pk).update(tries=mail.tries, next_try_at=Now() + timedelta(seconds=HOLD_S))
    return mail


def _still_of_use(mail: Mail) -> EmailMultiAlternatives | None:
    """The letter, unless things have changed since the event: then the row says why none went."""
    kind = KINDS[mail.kind]
    why = _unreachable(Found(mail.person), kind) or kind.stale(mail)
    if why:
        Mail.objects.filter(pk=mail.pk, tries=mail.tries).update(state=Mail.State.SKIPPED, why=why)
        return None
    return letter_of(mail)


@transaction.atomic
def _mail_settle(mail: Mail, error: str, duration_ms: int, *, for_good: bool) -> None:
    MailTry.objects.create(mail=mail, sent=not error, error=error.replace("\x00", "")[:300], duration_ms=duration_ms)
    mine = Mail.objects.filter(pk=mail.pk, tries=mail.tries, state=Mail.State.WAITING)
    if not error:
        mine.update(state=Mail.State.SENT)
    elif for_good or mail.tries > len(RETRY_S):
        mine.update(state=Mail.State.GIVEN_UP, why="refused" if for_good else "tries_used_up")
    else:
        wait = RETRY_S[mail.tries - 1] * random.uniform(0.8, 1.2)
        mine.update(next_try_at=Now() + timedelta(seconds=wait))

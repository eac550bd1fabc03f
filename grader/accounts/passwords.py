"""Links by which a person sets their password: asked for by themselves, or made for those whom a teacher added.

A link is Django's own signed token: it works once, for three days, and no longer once the password or the e-mail changed. It
is made at the moment in which the mail is written (`grader.notifications`), so the outbox never holds one.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from grader.accounts import throttle
from grader.accounts.models import User
from grader.accounts.queries import people_by_email
from grader.events.services import event_add, events_add


def password_path(user: User, join_code: str = "") -> str:
    """The page on which this person sets a password; with a join code, on the way into a section."""
    parts = {"uidb64": urlsafe_base64_encode(force_bytes(user.pk)), "token": default_token_generator.make_token(user)}
    if join_code:
        return reverse("password_set_and_join", kwargs={**parts, "code": join_code})
    return reverse("password_set", kwargs=parts)


class LinkOver(Exception):
    """The link was used, or forgotten, since its page was opened."""


@transaction.atomic
def password_set(*, user: User, token: str, password: str) -> User:
    """Set the password of whoever follows a link. One link sets one password, also where two send it at once.

    Raises:
        LinkOver: nothing was written.
    """
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not default_token_generator.check_token(row, token):
        raise LinkOver
    row.set_password(password)
    row.save(update_fields=["password"])  # and nothing else of it, which somebody may have changed meanwhile
    return row


@transaction.atomic
def links_forget(people: Iterable[User]) -> None:
    """Links that were shown for these accounts work no more, but for those that somebody has begun to use meanwhile."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[user.pk for user in people]).order_by("pk")
    unused = [row for row in rows if row.unused]
    for row in unused:
        row.password = make_password(None)  # another unusable one: a link is signed over it
    User.objects.bulk_update(unused, ["password"])


@transaction.atomic
def password_ask(*, email: str, address: str) -> None:
    """Somebody forgot a password. Whoever has this e-mail gets a link; whoever asked learns nothing about who that is."""
    if throttle.try_begin(throttle.mail_limits(email, address)) is not None:
        return
    for user in people_by_email(email):
        event_add(event_type="password.asked", course_slug="", data={"user_id": user.public_id})


@transaction.atomic
def people_invite(*, people: list[User], course_slug: str) -> int:
    """Mail to people without a password, so that they set one. Returns how many have an e-mail to write to."""
    reached = [user for user in people if user.email and user.is_active and not user.has_usable_password()]
    events_add(event_type="person.invited", course_slug=course_slug, rows=[{"user_id": user.public_id} for user in reached])
    return len(reached)

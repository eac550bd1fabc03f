"""Links in a letter by which its reader switches such mail off without logging in."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

from grader.accounts.models import User
from grader.notifications.kinds import KINDS, Kind

SALT = "mail-choice"


def site_address(path: str) -> str:
    """The whole address of a page, for whoever reads a letter."""
    return f"{settings.MAIL_LINKS}{path}"


def choice_address(user: User, kind: Kind) -> str:
    """Where this person switches this kind of mail off and on. Signed, so that nobody does it for another."""
    return site_address(reverse("mail_choice", args=[signing.dumps([user.public_id, kind.name], salt=SALT, compress=False)]))


def choice_of(token: str) -> tuple[User, Kind] | None:
    """Whose choice of what a link is about; None where it is none of ours."""
    try:
        public_id, name = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    kind = KINDS.get(name)
    user = User.objects.filter(public_id=public_id, is_active=True).first()
    return (user, kind) if user and kind and kind.choice else None


def choice_set(user: User, kind: Kind, *, wanted: bool) -> None:
    setattr(user, kind.choice, wanted)
    user.save(update_fields=[kind.choice])

"""Guessing made slow: log-ins by name and by address, and mail that anybody may ask for. And drafts, which fill a disk.

A try is counted before it is made, under a lock, so that a hundred at once are a hundred; one that succeeds is taken off
again. Rows are in Postgres, so a restart forgives nothing. Unknown names are counted like known ones: a refusal tells nothing
about who exists.
"""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from grader.accounts.models import Tries, User

FORGOTTEN = timedelta(hours=1)  # after so long without a try the count begins anew
FIRST_WAIT = timedelta(seconds=30)  # doubled with each further try
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Limit:
    """So many tries of this are free, then each makes the next wait longer."""

    key: str
    free: int


def log_in_limits(username: str, address: str) -> list[Limit]:
    """A name from one address; a name from anywhere (more, lest anybody locks others out); an address with any name (a class).

    Names that the form reads as one are one here: spaces around it, and other signs for the same letters, start no new count.
    """
    name = _digest(unicodedata.normalize("NFKC", username).strip().casefold())
    return [Limit(f"pair:{_digest(name + address)}", 5), Limit(f"name:{name}", 25), Limit(f"from:{address}", 60)]


def mail_limits(email: str, address: str) -> list[Limit]:
    """Mail to one person, and asked for from one address."""
    return [Limit(f"mail:{_digest(email.casefold())}", 3), Limit(f"asks:{address}", 30)]


def draft_limit(person: User) -> Limit:
    """Notebooks kept for one person before they are handed in: a disk has an end."""
    return Limit(f"draft:{person.pk}", 30)


@transaction.atomic
def try_begin(limits: Iterable[Limit]) -> datetime | None:
    """Count a try of each. When one of them is exhausted nothing is counted, and the moment is returned when to come again."""
    free = {limit.key: limit.free for limit in limits}
    Tries.objects.filter(last_at__lt=Now() - timedelta(days=1)).delete()
    Tries.objects.bulk_create([Tries(key=key) for key in sorted(free)], ignore_conflicts=True)
    rows = list(Tries.objects.select_for_update().filter(key__in=free).order_by("key"))
    now = timezone.now()
    closed = [row.closed_until for row in rows if row.closed_until and row.closed_until > now]
    if closed:
        return max(closed)
    for row in rows:
        row.count = 1 if now - row.last_at > FORGOTTEN else row.count + 1
        row.last_at = now
        row.closed_until = now + _wait(row.count - free[row.key]) if row.count >= free[row.key] else None
    Tries.objects.bulk_update(rows, ["count", "last_at", "closed_until"])
    return None


@transaction.atomic
def try_succeeded(limits: Iterable[Limit]) -> None:
    """It was no guess: what was counted of this name is forgotten, and one is taken off where others are counted too."""
    for limit in limits:
        if limit.key.startswith(("pair:", "name:")):
            Tries.objects.filter(key=limit.key).delete()
        else:
            row = Tries.objects.select_for_update().filter(key=limit.key).first()
            if row is not None:
                row.count = max(0, row.count - 1)
                row.closed_until = None if row.count < limit.free else row.closed_until
                row.save(update_fields=["count", "closed_until"])


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; of IPv6 the network of a household, since one has billions of addresses."""
    raw = request.META.get("REMOTE_ADDR") or "unknown"
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:  # a unix socket, say
        return _digest(raw)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def _wait(over: int) -> timedelta:
    doubled = FIRST_WAIT * (1 << min(over, 10))
    return min(LONGEST_WAIT, doubled)


def _digest(text: str) -> str:
    """Names and e-mails are not kept in plain text for this."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]

"""Tokens: made, recognised, replaced, ended.

One looks like `hgr_` + key (8) + secret (32) + checksum (6), all of the alphabet of public ids. The prefix lets scanners find
a leaked one, the checksum turns a mistyped one away without a look into the database, the key finds the row. 160 bits are secret,
so a plain SHA-256 is enough to keep, and it is compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from assignments.models import Course
from grader.accounts.models import User
from grader.accounts.queries import courses_managed_by
from grader.api.models import ApiToken, CourseRules
from grader.events.services import Actor, audit_add
from grader.ids import public_id

PREFIX = "hgr_"
KEY, SECRET, CHECK = 8, 32, 6
OVERLAP = timedelta(hours=24)  # so long the token before a new one is taken too
_SHAPE = re.compile(rf"{PREFIX}[0-9a-z]{{{KEY + SECRET + CHECK}}}")


class Scope(StrEnum):
    SUBMISSIONS_WRITE = "submissions:write"
    SUBMISSIONS_READ = "submissions:read"
    GRADES_READ = "grades:read"
    GRADES_WRITE = "grades:write"
    ROSTERS_READ = "rosters:read"
    ROSTERS_WRITE = "rosters:write"
    WEBHOOKS_MANAGE = "webhooks:manage"
    ADMIN = "admin"  # all of them


USUAL = (Scope.SUBMISSIONS_WRITE, Scope.SUBMISSIONS_READ, Scope.GRADES_READ)  # of an LMS that hands in and fetches grades


class TokenRefused(ValueError):
    """A token that can't be made; the reason is a sentence."""


def scopes_read(words: Iterable[str]) -> list[str]:
    """Scopes as people type them: several, or separated by commas. Raises `TokenRefused` for an unknown one."""
    wanted = [part.strip() for word in words for part in word.split(",") if part.strip()]
    unknown = sorted(set(wanted) - set(Scope))
    if unknown:
        raise TokenRefused(f"Unknown scopes: {', '.join(unknown)}. Known are {', '.join(Scope)}.")
    return [str(scope) for scope in Scope if scope in wanted]


@transaction.atomic
def token_create(
    *,
    name: str,
    scopes: Iterable[str],
    courses: Iterable[Course] | None,
    by: User,
    expires_at: datetime | None = None,
    origin: str = "",
) -> tuple[ApiToken, str]:
    """A token, and its text: shown once, by whoever called this. With None for courses it is of the whole site.

    `origin` is where the person came from, for the audit. Raises `TokenRefused`.
    """
    wanted, rows = scopes_read(scopes), list(courses or ())
    if not wanted or not name.strip() or (courses is not None and not rows):
        raise TokenRefused("A token needs a name, at least one scope, and a course or the whole site.")
    if not by.is_active or (not by.is_superuser and (courses is None or Scope.ADMIN in wanted)):
        raise TokenRefused("Only an admin makes a token of the whole site, or one with the scope admin.")
    if courses_managed_by(by).filter(pk__in=[course.pk for course in rows]).count() != len(rows):
        raise TokenRefused("A token reaches only courses that its maker manages.")
    text, key = _text()
    token = ApiToken.objects.create(
        name=name.strip()[:120],
        key=key,
        digest=_digest(text),
        scopes=wanted,
        whole_site=courses is None,
        created_by=by,
        expires_at=expires_at,
    )
    token.courses.set(rows)
    _tell("token.created", token, by, origin)
    return token, text


@transaction.atomic
def token_rotate(token: ApiToken, *, by: User, origin: str = "") -> tuple[ApiToken, str]:
    """A new token that may what this one may; this one is taken for another day, so that nobody is cut off."""
    if token.ended(timezone.now()):
        raise TokenRefused("This token has ended. Make a new one.")
    # In the name of whoever replaces it: they answer for it from now on, and may not exceed themselves.
    courses = None if token.whole_site else token.courses.all()
    made, text = token_create(
        name=token.name, scopes=token.scopes, courses=courses, by=by, expires_at=token.expires_at, origin=origin
    )
    end = timezone.now() + OVERLAP
    token.expires_at = min(token.expires_at or end, end)
    token.save(update_fields=["expires_at"])
    _tell("token.rotated", token, by, origin)
    return made, text


@transaction.atomic
def token_revoke(token: ApiToken, *, by: User, origin: str = "") -> None:
    """At once and for good."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now()):
        _tell("token.revoked", token, by, origin)


@transaction.atomic
def rules_set(*, course: Course, provisions_students: bool, by: User, origin: str = "") -> None:
    """What a course lets machines do. Who may decide that is the caller's query."""
    CourseRules.objects.update_or_create(course=course, defaults={"provisions_students": provisions_students})
    data = {"provisions_students": provisions_students}
    audit_add("course.rules", by=Actor(person=by.public_id, source=origin), course_slug=course.slug, data=data)


def token_find(text: str) -> ApiToken | None:
    """The row of this token, also of one that has ended; None where it is none of ours."""
    if not _SHAPE.fullmatch(text) or _check(text[:-CHECK]) != text[-CHECK:]:
        return None
    key = text[len(PREFIX) : len(PREFIX) + KEY]
    token = ApiToken.objects.select_related("created_by").filter(key=key).first()
    return token if token is not None and hmac.compare_digest(token.digest, _digest(text)) else None


def token_used(token: ApiToken, now: datetime) -> None:
    """Note that it is in use, at most once a minute."""
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=Now())


def tokens_of(person: User) -> QuerySet[ApiToken]:
    """Tokens that a person may see and end: their own and those of the courses they manage; all of them for the admin."""
    rows = ApiToken.objects.select_related("created_by").prefetch_related("courses")
    if person.is_superuser and person.is_active:
        return rows
    mine = rows.filter(created_by=person) | rows.filter(courses__in=courses_managed_by(person))
    return mine.distinct() if person.is_active else rows.none()


def _text() -> tuple[str, str]:
    body = (public_id("x")[2:] + public_id("x")[2:])[: KEY + SECRET]
    return PREFIX + body + _check(PREFIX + body), body[:KEY]


def _check(text: str) -> str:
    """Six characters of a CRC: of use against slips, of none against an attacker."""
    return f"{zlib.crc32(text.encode()):08x}"[:CHECK]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(what: str, token: ApiToken, by: User, origin: str) -> None:
    data = {"token": token.public_id, "name": token.name, "scopes": token.scopes}
    audit_add(what, by=Actor(person=by.public_id, source=origin), course_slug="", data=data)

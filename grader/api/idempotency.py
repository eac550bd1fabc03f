"""Idempotency-Key: a POST that is sent again is done once.

A lock in Postgres (freed with the transaction, so by a crash too) keeps two of the same key apart, and the answer is written in
the transaction of the work itself: there is no moment at which one is kept without the other. Only answers that did something are
kept; a refused request did nothing, and may be sent again as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from ninja import Schema

from grader.api.conditional import shown
from grader.api.models import ApiToken, IdempotencyRecord
from grader.api.problems import FieldProblem, Problem

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEPT_HEADERS = ("Location", "ETag", "Content-Type")


def once(request: HttpRequest, token: ApiToken, work: Callable[[], HttpResponse], *, required: bool) -> HttpResponse:
    """The answer of `work`, or the one that was given before for the same key, route and body."""
    key = request.headers.get(HEADER, "").strip()
    if not key and required:
        raise Problem("idempotency.key_missing")
    if not key:
        return work()
    if len(key) > 255 or not key.isprintable():
        wrong = FieldProblem(f"?{HEADER}", "field.string_too_long", gettext_lazy("A key has 255 printable characters at most."))
        raise Problem("validation.failed", errors=[wrong])
    route, fingerprint = f"{request.method} {request.path}"[:500], _fingerprint(request)
    with transaction.atomic():
        if not _lock(f"{token.pk} {route} {key}"):
            raise Problem("idempotency.in_flight", headers={"Retry-After": "1"})
        IdempotencyRecord.objects.filter(created_at__lt=Now() - KEPT).delete()
        known = IdempotencyRecord.objects.filter(token=token, route=route, key=key).first()
        if known is not None:
            return _again(known, fingerprint)
        answer = work()
        if 200 <= answer.status_code < 300:
            IdempotencyRecord.objects.create(
                token=token,
                route=route,
                key=key,
                fingerprint=fingerprint,
                status=answer.status_code,
                headers={name: answer[name] for name in _KEPT_HEADERS if name in answer},
                body=getattr(request, "kept_instead", answer.content),
            )
        return answer


def kept_instead(request: HttpRequest, value: Schema) -> None:
    """What a repeated request is answered, where that differs: a secret that is shown once does not lie with the answers."""
    request.kept_instead = shown(value)  # type: ignore[attr-defined]


def _again(known: IdempotencyRecord, fingerprint: str) -> HttpResponse:
    if known.fingerprint != fingerprint:
        raise Problem("idempotency.other_body")
    return HttpResponse(bytes(known.body), status=known.status, headers={**known.headers, REPLAYED: "true"})


def _lock(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"api:{name}"])
        return bool(cursor.fetchone()[0])


def _fingerprint(request: HttpRequest) -> str:
    """Of what was sent, not of how: a form's boundary differs each time."""
    digest = hashlib.sha256()
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name in sorted(request.FILES):
            file = cast("UploadedFile[Any]", request.FILES[name])
            digest.update(repr((name, file.name)).encode() + hashlib.sha256(file.read()).digest())
            file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()

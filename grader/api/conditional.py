"""ETags: of what was read, of what was seen before it is changed.

An ETag is the digest of the representation, so it is strong, the same for every token, and changes with whatever the caller would
see changed.
"""

from __future__ import annotations

import hashlib
import json

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from grader.api.problems import Problem


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def shown(value: Schema) -> bytes:
    """A value as it is sent."""
    return json.dumps(value.model_dump(mode="json"), ensure_ascii=False).encode()


def unchanged(request: HttpRequest, etag: str) -> bool:
    """Whether the caller has this already (If-None-Match; weak comparison, as RFC 9110 says)."""
    return _listed(request.headers.get("If-None-Match", ""), etag)


def not_modified(etag: str) -> HttpResponse:
    return HttpResponse(status=304, headers={"ETag": etag})


def match_required(request: HttpRequest, current: Schema) -> None:
    """Before a change: the caller must have seen the object as it is. `current` is what a GET of it answers now.

    Call it under the lock under which the change is made. Raises a `Problem`: 428 without If-Match, 412 for an old one.
    """
    if not request.headers.get("If-Match", ""):
        raise Problem("precondition.required")
    match_honoured(request, current)


def match_honoured(request: HttpRequest, current: Schema | None) -> None:
    """The same where If-Match may be left out. None: the object is not there, and matches nothing."""
    given = request.headers.get("If-Match", "")
    if not given:
        return
    if current is None:
        raise Problem("precondition.failed")
    etag = etag_of(shown(current))
    if not _listed(given, etag, strong=True):
        raise Problem("precondition.failed", headers={"ETag": etag})


def _listed(header: str, etag: str, *, strong: bool = False) -> bool:
    given = [part.strip() for part in header.split(",")]
    return "*" in given or etag in given or (not strong and f"W/{etag}" in given)

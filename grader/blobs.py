"""Bytes by content: notebooks as they came, packages, what runs left. A digest names a blob, and a blob never changes.

Files lie under GRADER_HOME/blobs/ab/abcdef…, readable by us alone. A blob is written whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobMissing(LookupError):
    """There is no blob of this digest, or what lies there is no longer what was put."""


def path(digest: str) -> Path:
    """Where the blob of this digest lies, whether or not it is there."""
    from django.conf import settings  # lazily: whoever only hashes needs no Django

    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256 in lower-case hex.")
    return Path(settings.GRADER_HOME) / "blobs" / digest[:2] / digest


def put(data: bytes) -> str:
    """Keep these bytes and return their SHA-256. Putting the same bytes twice is one blob."""
    digest = hashlib.sha256(data).hexdigest()
    target = path(digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = target.with_name(f".{digest[:8]}.{os.getpid()}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a row will point at it, so it must outlive a power cut
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return digest


def get(digest: str) -> bytes:
    """The bytes of a digest, proved to be those that were put."""
    try:
        data = path(digest).read_bytes()
    except FileNotFoundError:
        raise BlobMissing(f"Blob {digest} is not in GRADER_HOME. Was it restored without its blobs folder?") from None
    if hashlib.sha256(data).hexdigest() != digest:
        raise BlobMissing(f"Blob {digest} is damaged on disk. Restore it from a backup.")
    return data

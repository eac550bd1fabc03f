"""Bytes by content: notebooks as they came, packages, what runs left. A digest names a blob, and a blob never changes.

Files lie under GRADER_HOME/blobs/ab/abcdef…, readable by us alone. A blob is written whole or not at all.

A blob is put before the row that refers to it is committed, and the same bytes may come twice. So `remove` takes only what was
not put for a while, putting again makes a blob young again, and a lock keeps the two apart.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")


class BlobMissing(LookupError):
    """There is no blob of this digest, or what lies there is no longer what was put."""


def folder() -> Path:
    """Where all blobs lie."""
    from django.conf import settings  # lazily: whoever only hashes needs no Django

    return Path(settings.GRADER_HOME) / "blobs"


def path(digest: str) -> Path:
    """Where the blob of this digest lies, whether or not it is there."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256 in lower-case hex.")
    return folder() / digest[:2] / digest


def put(data: bytes) -> str:
    """Keep these bytes and return their SHA-256. Putting the same bytes twice is one blob."""
    digest = hashlib.sha256(data).hexdigest()
    target = path(digest)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _made_young(target):
        return digest
    draft = target.with_name(f".{digest[:8]}.{os.getpid()}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # a row will point at it, so it must outlive a power cut
        with _held(fcntl.LOCK_SH):
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


def names() -> Iterator[str]:
    """The digest of every blob, and the name of what a killed process left half written."""
    for place in sorted(folder().glob("??")):
        yield from sorted(file.name for file in place.iterdir() if _DIGEST.fullmatch(file.name) or file.name.startswith("."))


def remove(name: str, *, unused_s: float) -> int:
    """Take away one of `names()` that nobody has put for so long. Returns the bytes freed: 0 where it is younger, or gone.

    Whoever calls this knows that no row refers to it.
    """
    target = folder() / name.lstrip(".")[:2] / name
    with _held(fcntl.LOCK_EX):
        size = size_if_unused(name, unused_s=unused_s)
        if size:
            target.unlink()
    return size


def size_if_unused(name: str, *, unused_s: float) -> int:
    """The size of one of `names()` where nobody has put it for so long, else 0."""
    try:
        found = (folder() / name.lstrip(".")[:2] / name).stat()
    except FileNotFoundError:
        return 0
    return found.st_size if time.time() - found.st_mtime >= unused_s else 0


def _made_young(target: Path) -> bool:
    """Whether the blob is there; if so it counts as put just now."""
    with _held(fcntl.LOCK_SH):
        try:
            os.utime(target)
        except FileNotFoundError:
            return False
    return True


@contextmanager
def _held(how: int) -> Iterator[None]:
    """Those who put go side by side; one who removes is alone. Over processes, and over machines that share the folder."""
    descriptor = os.open(folder() / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)

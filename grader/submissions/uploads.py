"""Uploads that are too large are dropped while the request is read, and the rest of the form survives.

Django's own handlers would keep a 30 MB file on disk before a form could say no; raising would lose the answers typed
beside it. This one holds at most the limit in memory, skips the rest of the file, and leaves a note on the request,
which the form turns into a sentence.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

LIMIT_MB = 10
LIMIT = LIMIT_MB * 1024 * 1024


class LimitedUploadHandler(FileUploadHandler):
    """Keeps a file of at most `LIMIT` bytes in memory; a longer one is skipped and noted (see `too_large_upload`)."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if start + len(raw_data) > LIMIT:
            self.kept = BytesIO()
            self._note()
            raise SkipFile
        self.kept.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        size = self.kept.tell()
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.file_name or "", self.content_type or "", size, self.charset, self.content_type_extra
        )

    def _note(self) -> None:
        if self.request is not None and self.field_name:
            refused = self.request.__dict__.setdefault("_refused_uploads", set())
            refused.add(self.field_name)


def too_large_upload(request: HttpRequest, field: str) -> float | None:
    """How many MB the refused file of `field` had, as far as the request's length tells; None if none was refused."""
    request.POST  # noqa: B018  (reading it is what parses the body)
    if field not in request.__dict__.get("_refused_uploads", set()):
        return None
    return round(int(request.META.get("CONTENT_LENGTH") or 0) / 1024 / 1024, 1)

"""Doorways of the queue `maintenance`."""

from __future__ import annotations

import logging

from grader.queue import BLOBS, app
from grader.submissions.unreferenced import blobs_clean

log = logging.getLogger(__name__)


@app.task(name=BLOBS)
def clean() -> None:
    """Sent by beat each hour."""
    done = blobs_clean()
    log.info("removed %d blobs that nothing refers to, %d bytes; %d stay", done.removed, done.freed_bytes, done.kept)

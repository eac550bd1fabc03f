"""Secrets of others that we need again in clear, to sign with, as they lie in the database: sealed by a key that is not in it.

Fernet (AES-128-CBC and HMAC-SHA256, from `cryptography`), its key made of GRADER_SITE_SECRET. Who has the database alone, or a
backup or a replica of it, has no secret. Who has the machine that sends has them all: it must sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models

log = logging.getLogger(__name__)

SEALED = "sealed:"


def seal(text: str) -> str:
    return SEALED + _fernet().encrypt(text.encode()).decode()


def unseal(kept: str) -> str:
    """What was sealed; empty, and a line in the log, where another key sealed it. What is not sealed comes as it is."""
    if not kept.startswith(SEALED):
        return kept
    try:
        return _fernet().decrypt(kept.removeprefix(SEALED).encode()).decode()
    except InvalidToken:
        log.warning("a secret can't be read: it was sealed under another GRADER_SITE_SECRET. Have a new one made.")
        return ""


def _fernet() -> Fernet:
    key = hmac.new(str(settings.GRADER_SITE_SECRET).encode(), b"sealed secrets", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class SealedField(models.TextField):  # type: ignore[type-arg]
    """A text that is plain in Python and sealed in the database. It can't be looked for: no two seals are alike."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return unseal(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        return seal(value) if isinstance(value, str) and value else value

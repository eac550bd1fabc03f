"""The exact bytes that are sent, and the headers that let a receiver trust them (Standard Webhooks 1.0).

What is signed is `id.timestamp.body`, by HMAC-SHA256 with the bytes behind `whsec_`. While a secret is being replaced there are
two signatures, separated by a space, and a receiver that knows either secret is content.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from grader.events.models import Event
from grader.events.services import moment_text
from grader.http_out import CallRefused
from grader.lms.models import WebhookEndpoint

PREFIX = "whsec_"


def secret_new() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def body_of(event: Event) -> bytes:
    """The same bytes at every try."""
    said = {"type": event.type, "timestamp": moment_text(event.created_at), "data": event.data}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def headers_for(endpoint: WebhookEndpoint, message_id: str, body: bytes) -> dict[str, str]:
    """The headers of one try, made now: the id stays, timestamp and signatures are new each time.

    Raises `CallRefused` where no secret can be read: what is not signed is not sent.
    """
    keys = endpoint.secrets()
    if not keys:
        raise CallRefused(_("The endpoint's secret can't be read. Give it a new one."))
    timestamp = int(datetime.now(UTC).timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "grader-webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": _signatures(keys, message_id, timestamp, body),
    }


def _signatures(keys: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    return " ".join(signature(key, message_id, timestamp, body) for key in keys)

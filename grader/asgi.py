"""The web process: `uvicorn grader.asgi:application`.

Django reads a whole body to disk before any view sees it, so the size of a body is held here, before Django.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

os.environ.setdefault("GRADER_ROLE", "web")  # before the settings are read: the web pools its connections
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grader.settings")

from django.core.asgi import get_asgi_application

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

BODY_LIMIT = 64 * 2**20
API_LIMIT = 16 * 2**20  # a notebook may have 10 MB, and beside it are only typed answers
TOO_LARGE = (
    "Запрос больше 64 МБ и не принят. Ноутбук может занимать до 10 МБ: очистите его выводы и отправьте снова.\n"
    "The request is over 64 MB and was not taken. A notebook may have up to 10 MB: clear its outputs and send it again.\n"
).encode()

TOO_LARGE_FOR_API = json.dumps(
    {
        "type": "/api/v1/docs/problems/too_large/",
        "title": "The request is too large",
        "status": 413,
        "detail": "A notebook may have 10 MB: clear its outputs. / Ноутбук может занимать до 10 МБ: очистите его выводы.",
        "code": "too_large",
        "limit_bytes": API_LIMIT,
    },
    ensure_ascii=False,
).encode()


class BodyTooLarge(Exception):
    """More bytes came than a request may have."""


def limited(inner: App, limit: int = BODY_LIMIT) -> App:
    """Answer 413 when a body is announced, or turns out, to be larger than `limit` bytes; the API takes less."""

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await inner(scope, receive, send)
        most = min(limit, API_LIMIT) if _of_api(scope) else limit
        if _announced(scope) > most:
            return await _refuse(scope, send)
        received, answered = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise BodyTooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await inner(scope, counted, noted)
        except BodyTooLarge:
            if not answered:
                await _refuse(scope, send)

    return application


def _announced(scope: Message) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _of_api(scope: Message) -> bool:
    return str(scope.get("path", "")).startswith("/api/")


async def _refuse(scope: Message, send: Send) -> None:
    kind, body = (b"application/problem+json", TOO_LARGE_FOR_API) if _of_api(scope) else (b"text/plain; charset=utf-8", TOO_LARGE)
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = limited(cast(App, get_asgi_application()))

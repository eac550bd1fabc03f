"""A value that Postgres can't hold, such as a NUL in a text or a number of twenty digits, is the sender's mistake and not ours.

Forms refuse what they know; this is the floor under all of them: such a request is answered as unreadable (400). It is logged,
since a form that names the field is better. The API has its own words for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.views.defaults import bad_request

log = logging.getLogger(__name__)


@sync_and_async_middleware
def unstorable_values(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            return await get_response(request)

        later.process_exception = _refused  # type: ignore[attr-defined]  # where Django looks for it
        return later

    def at_once(request: HttpRequest) -> Any:
        return get_response(request)

    at_once.process_exception = _refused  # type: ignore[attr-defined]
    return at_once


def _refused(request: HttpRequest, error: Exception) -> HttpResponse | None:
    if not isinstance(error, DataError) or request.path.startswith("/api/"):
        return None
    log.warning("%s %s: %s", request.method, request.path, error)
    return bad_request(request, error)

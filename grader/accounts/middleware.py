"""Times are shown in the reader's own zone where they chose one, else in the site's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from asgiref.sync import iscoroutinefunction
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.decorators import sync_and_async_middleware

from grader.accounts.models import User


@sync_and_async_middleware
def reader_time_zone(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Set at each request's start and not undone at its end, since a page may be streamed later."""
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> Any:
            time_zone_activate(await request.auser())
            return await get_response(request)

        return later

    def at_once(request: HttpRequest) -> Any:
        time_zone_activate(request.user)
        return get_response(request)

    return at_once


def time_zone_activate(user: User | AnonymousUser) -> None:
    """The person's zone for this thread; a zone that this machine does not know is as none."""
    name = "" if user.is_anonymous else user.time_zone
    try:
        timezone.activate(ZoneInfo(name)) if name else timezone.deactivate()
    except (ZoneInfoNotFoundError, ValueError):
        timezone.deactivate()

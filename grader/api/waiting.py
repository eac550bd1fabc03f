"""Waiting for a submission's end without holding a thread or a connection of the database: one look of the process serves all."""

from __future__ import annotations

import asyncio

from asgiref.sync import sync_to_async
from django.db import connection

from grader.submissions import streams

PLACES = 12  # each of as many waiting requests as a person may have streams


async def until_over(submission: int, *, token: int, wait_s: float) -> None:
    """Return when it is no longer under way, when the time is over, or at once where too many wait already."""
    await sync_to_async(_let_go)()
    hub = streams.hub()
    # A token is shared by all of an LMS, so it has the places of several people; numbers below zero are nobody's.
    free = next(
        (-(token * PLACES + number) - 1 for number in range(PLACES) if not hub.full(-(token * PLACES + number) - 1)), None
    )
    if free is None:
        return
    try:
        with hub.place(free):
            async with asyncio.timeout(wait_s):
                async for now in hub.follow(submission):
                    if now is not None and not now.under_way:
                        return
    except (TimeoutError, streams.Full):
        return


def _places(token: int) -> range:
    return range(-token * PLACES, -token * PLACES + PLACES)


def _let_go() -> None:
    """Of what reading has opened for this request: in its own thread, since a connection is a thread's own."""
    if not connection.in_atomic_block:
        connection.close()

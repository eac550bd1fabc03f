"""A person has so many streams and no more, also when a hundred tabs ask in the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from grader.submissions import streams, views


async def first_lines(number: int) -> list[str]:
    """What so many streams of one person, all let in before any has begun, say first."""
    hub = streams.hub()
    hub.look = lambda ids: {}
    assert not hub.full(1)
    lines: list[AsyncIterator[str]] = [views._events(views.Viewer(1, 1, "sub_x", "en")) for _ in range(number)]
    try:
        return list(await asyncio.gather(*(anext(line) for line in lines)))
    finally:
        for line in lines:
            await line.aclose()  # type: ignore[attr-defined]  # a generator
        assert hub.count == 0


def test_streams_that_were_let_in_at_once_get_no_more_places_than_there_are():
    said = asyncio.run(first_lines(streams.MOST_EACH + 5))

    assert said.count("retry: 2000\n\n") == streams.MOST_EACH
    assert said.count("retry: 30000\n\n") == 5

"""Streams of changes to browsers, many of them, with one look at the database for all.

Theory of operation. A live page holds a request open (server-sent events). Django keeps a request's database connection until the
request ends, so a stream that asked by itself would pin one of the pool's few. Here nobody asks but one task of the process,
four times a second while anybody watches: a handful of queries whatever the number of streams, in a thread that gives its
connection back each time. Whoever's submission has changed gets the new snapshot in a queue of one (a slow reader misses the
ones between, never the newest). Postgres is asked and not Redis' pub/sub, since it holds the truth after either restarts.

The number of streams is bounded, in all and for a person; above it a page polls. A client that goes away cancels its
stream's task (ASGI tells of it), which frees its place; a stream also ends by itself after some minutes, and the browser comes
back as who it then is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import weakref
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.db import Error, connection

from grader.submissions import live
from grader.submissions.live import Snapshot

log = logging.getLogger(__name__)

LOOK_S = 0.25
TROUBLE_S = 2.0  # after a look that failed
KEEP_ALIVE_S = 15.0
LONGEST_S = 600.0
MOST = 400  # streams of this process
MOST_EACH = 8  # of one person: tabs

Look = Callable[[list[int]], Mapping[int, Snapshot]]


def look_and_let_go(ids: list[int]) -> Mapping[int, Snapshot]:
    """Runs in a thread of a pool, so the connection must not stay with it."""
    try:
        return live.look(ids)
    finally:
        connection.close()


class Full(Exception):
    """No place is left for another stream."""


@dataclass(eq=False)
class Hub:
    """The streams of one event loop."""

    look: Look = look_and_let_go
    listeners: dict[int, set[asyncio.Queue[Snapshot]]] = field(default_factory=dict)
    newest: dict[int, Snapshot] = field(default_factory=dict)
    people: Counter[int] = field(default_factory=Counter)
    task: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        return sum(self.people.values())

    def full(self, person: int) -> bool:
        """Whether no place is left for this person's next stream."""
        return self.count >= MOST or self.people[person] >= MOST_EACH

    @contextlib.contextmanager
    def place(self, person: int) -> Iterator[None]:
        """Held while a stream lives. Raises `Full`: of many who asked at once all found a place free."""
        if self.full(person):
            raise Full
        self.people[person] += 1
        try:
            yield
        finally:
            self.people[person] -= 1
            if not self.people[person]:
                del self.people[person]

    async def follow(self, submission: int) -> AsyncIterator[Snapshot | None]:
        """Its snapshot now and whenever it changes; None when nothing has for a while, so that a dead connection is noticed."""
        queue: asyncio.Queue[Snapshot] = asyncio.Queue(maxsize=1)
        self.listeners.setdefault(submission, set()).add(queue)
        if submission in self.newest:
            queue.put_nowait(self.newest[submission])
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._keep_looking())
        try:
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield None
        finally:
            self.listeners[submission].discard(queue)
            if not self.listeners[submission]:
                del self.listeners[submission]
                self.newest.pop(submission, None)

    async def _keep_looking(self) -> None:
        while self.listeners:
            try:
                found = await sync_to_async(self.look, thread_sensitive=False)(list(self.listeners))
            except Error as problem:  # the database may come back; pages keep what they have
                log.warning("live pages: %s", problem)
                await asyncio.sleep(TROUBLE_S)
                continue
            for number, snapshot in found.items():
                self._tell(number, snapshot)
            await asyncio.sleep(LOOK_S)

    def _tell(self, number: int, snapshot: Snapshot) -> None:
        known = self.newest.get(number)
        if number not in self.listeners or (known is not None and known.mark == snapshot.mark):
            return
        self.newest[number] = snapshot
        for queue in self.listeners[number]:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(snapshot)


_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()


def hub() -> Hub:
    """The one of the running loop: a web process has a single loop, tests have several."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())

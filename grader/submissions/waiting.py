"""How long a run may wait: its place, the workers that are there, and how long the last runs of its queue took."""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from grader.submissions.models import Run, RunState, WorkerPresence
from grader.submissions.queries import PRESENT_S

RECENT = 60  # runs that a range is made of, of the last day
FEWEST = 5  # with fewer nothing honest can be said
KEPT_S = 20.0  # durations change slowly, and many people may be looking


@dataclass(frozen=True)
class Wait:
    """`place` is 1 for the run that is taken next, 0 for one that waits no more. `low_s` to `high_s`: from now until it
    begins, for eight of ten runs if the next ones are like the last; None where too little is known.
    """

    place: int = 0
    workers: int = 0
    low_s: int | None = None
    high_s: int | None = None


@dataclass(frozen=True)
class Queues:
    """The queues as they stand: ids that wait in each, how many places serve it, and durations of recent runs."""

    waiting: dict[str, list[int]]
    workers: dict[str, int]
    slots: dict[str, int]
    took: dict[str, Sequence[float]]

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Queues:
        names = {run.queue for run in runs}
        waiting: dict[str, list[int]] = {name: [] for name in names}
        rows = Run.objects.filter(state=RunState.QUEUED, queue__in=names, purpose=Run.Purpose.GRADE)
        for name, number in rows.order_by("id").values_list("queue", "id"):
            waiting[name].append(number)
        seen = Now() - timedelta(seconds=PRESENT_S)
        alive = list(WorkerPresence.objects.filter(seen_at__gte=seen).values_list("queues", "slots"))
        workers = {name: sum(name in queues for queues, _slots in alive) for name in names}
        slots = {name: sum(slots for queues, slots in alive if name in queues) for name in names}
        return cls(waiting, workers, slots, {name: recent_durations(name) for name in names})

    def wait(self, run: Run) -> Wait:
        if run.state != RunState.QUEUED:
            return Wait(workers=self.workers.get(run.queue, 0))
        place = bisect_right(self.waiting[run.queue], run.pk)
        low, high = expected(place, self.slots[run.queue], self.took[run.queue])
        return Wait(place, self.workers[run.queue], low, high)


def expected(place: int, slots: int, took: Sequence[float]) -> tuple[int | None, int | None]:
    """Seconds until a run at this place begins: at least and at most, by the tenth and ninetieth of a hundred of past runs.

    Those that are under way now may be almost done or have just begun, so a round counts for nothing at the low end and whole
    at the high one.
    """
    if len(took) < FEWEST or not slots or place < 1:
        return None, None
    ordered = sorted(took)
    short, long = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.1, 0.9))
    rounds = math.ceil(place / slots)
    return round((rounds - 1) * short), math.ceil(rounds * long)


_recent: dict[str, tuple[float, Sequence[float]]] = {}


def recent_durations(queue: str) -> Sequence[float]:
    """Seconds that the last runs of a queue took, asked anew every so often."""
    asked_at, known = _recent.get(queue, (-KEPT_S, ()))
    if time.monotonic() - asked_at < KEPT_S:
        return known
    done = Run.objects.filter(
        queue=queue, state=RunState.DONE, started_at__isnull=False, finished_at__gte=Now() - timedelta(days=1)
    )
    pairs = done.order_by("-id").values_list("started_at", "finished_at")[:RECENT]
    known = tuple((end - begin).total_seconds() for begin, end in pairs if end and begin)
    _recent[queue] = time.monotonic(), known
    return known

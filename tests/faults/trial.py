"""One trial from the class's first grade to the last message: what happens in which order."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db.models import Count, QuerySet
from django.utils import timezone

from grader import queue
from grader.events.models import Event
from grader.events.types import CHOSEN_FROM
from grader.lms.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.outbox import events_missing, events_wanted
from grader.lms.webhooks.services import endpoint_create, endpoint_resume, messages_replay
from tests.faults import receivers
from tests.faults.changing import Written, a_class, grades_change, last_grades
from tests.faults.dispatcher import STOCK, Dispatcher
from tests.faults.findings import Pair, complaints, given_up_too_early, without_message
from tests.faults.meddling import BY, Meddler
from tests.faults.receivers import Manners, Receiver

FAIR_S = 45.0  # so long after the last kill, healthy endpoints have everything, whatever the others do
END_S = 180.0  # so long after all are healed, nothing waits
WAITING, GIVEN_UP = WebhookMessage.State.WAITING, WebhookMessage.State.GIVEN_UP
GONE = "gone"
BAD = {
    "rude": Manners(receivers.CHEAP, 0.35),
    "busy": Manners(receivers.DEAR, 0.1),
    "down": Manners(down=True),
    "hanging": Manners({"never answers": 1}, 1.0),
    GONE: Manners(gone_after=30),
}


@dataclass(frozen=True)
class Size:
    """How much happens."""

    changes: int
    over_s: float
    students: int
    kills: bool = True
    bad: Mapping[str, Manners] = field(default_factory=lambda: BAD)


@dataclass
class Outcome:
    """What was done, and what did not hold."""

    complaints: list[str]
    written: Written
    kills: int
    pressed: int
    injected: Counter[str]
    logged: Counter[str]  # tries by their kind
    arrivals: int
    doubled: int
    replayed: int
    lags: dict[str, list[float]]


def trial(size: Size, *, seed: int, env: Mapping[str, str], place: Path, app: str = STOCK) -> Outcome:
    """Run it. Raises nothing that a dispatcher could cause: whatever it does wrong is a complaint."""
    class_ = a_class(size.students)
    manners = {"healthy": Manners(), "of a course": Manners(), **size.bad}
    with _pairs(manners, seed, class_.cast.course.pk) as pairs, _dispatcher(env, place, seed, app) as dispatcher:
        healthy = [pair for pair in pairs if pair.name not in size.bad]
        meddler = Meddler([pair.endpoint for pair in pairs if pair.name in ("of a course", "rude", "busy")], seed)
        if size.kills:
            dispatcher.kill_at_random()
        _later(size.over_s / 2, flush_redis)
        written = grades_change(class_, changes=size.changes, over_s=size.over_s, seed=seed)
        meddler.end()
        dispatcher.let_live()
        found = _fair(healthy)
        lags = {pair.name: _lags(pair) for pair in healthy}
        for pair in pairs:
            pair.receiver.heal()
        found += _settled(within_s=END_S) + given_up_too_early() + without_message(pairs)
        replayed = _replay([pair.endpoint for pair in pairs])
        found += _settled(within_s=END_S)
        time.sleep(receivers.TIMEOUT_S + 1)  # a try that was in flight has ended
        grades = last_grades([class_.cast.lab, class_.cast.quiz])
        found += meddler.problems + complaints(pairs, written, grades)
    return _outcome(pairs, found, written, dispatcher.kills, meddler.pressed, replayed, lags)


@contextmanager
def _pairs(manners: Mapping[str, Manners], seed: int, course: int) -> Iterator[list[Pair]]:
    made = [_pair(Receiver(name, how, seed), course) for name, how in manners.items()]
    try:
        yield made
    finally:
        for pair in made:
            pair.receiver.close()


def _pair(receiver: Receiver, course: int) -> Pair:
    one = receiver.name == "of a course"
    events = CHOSEN_FROM if one else ["grade.changed"]
    endpoint = endpoint_create(url=receiver.url, events=events, by=BY, name=receiver.name, concurrency=3)
    if one:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(course=course)
        endpoint.refresh_from_db()
    receiver.secret = endpoint.secret
    return Pair(endpoint, receiver)


@contextmanager
def _dispatcher(env: Mapping[str, str], place: Path, seed: int, app: str) -> Iterator[Dispatcher]:
    made = Dispatcher(env, place, seed, app=app)
    made.start()
    try:
        yield made
    finally:
        made.end()


def _later(wait_s: float, act: Callable[[], None]) -> None:
    threading.Timer(wait_s, act).start()


def flush_redis() -> None:
    with queue.app.connection_for_write() as found:
        found.default_channel.client.flushall()  # type: ignore[attr-defined]  # the Redis transport's


def _fair(healthy: Sequence[Pair]) -> list[str]:
    """Those who answer have everything soon, while others are still down, hang and fail."""
    until = time.monotonic() + FAIR_S
    lacking = {pair.name: _lacks(pair) for pair in healthy}
    while any(lacking.values()) and time.monotonic() < until:
        time.sleep(0.3)
        lacking = {pair.name: _lacks(pair) for pair in healthy}
    return [
        f"{name}: {lack} messages are late by {FAIR_S:.0f} s and more, by others' fault" for name, lack in lacking.items() if lack
    ]


def _lacks(pair: Pair) -> int:
    wanted = set(Event.objects.filter(events_wanted(pair.endpoint)).values_list("public_id", flat=True))
    return len(wanted - pair.receiver.taken())


def _lags(pair: Pair) -> list[float]:
    """Seconds from an event's writing to its first being taken."""
    first: dict[str, float] = {}
    for one in pair.receiver.arrived:
        if one.taken:
            first.setdefault(one.webhook_id, one.at)
    written = dict(Event.objects.filter(public_id__in=first).values_list("public_id", "created_at"))
    return [at - written[name].timestamp() for name, at in first.items() if name in written]


def _settled(*, within_s: float) -> list[str]:
    """Wait until nothing waits and no event lacks its message."""
    until = time.monotonic() + within_s
    while (left := _left()) and time.monotonic() < until:
        time.sleep(0.5)
    whose = _waiting().values_list("endpoint__name", "tries")
    return [f"{left} messages still wait after {within_s:.0f} s: {Counter(whose)}"] * (left > 0)


def _left() -> int:
    newest = Event.objects.latest("id").pk
    active = WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ACTIVE).select_related("course")
    return _waiting().count() + sum(events_missing(one, newest).count() for one in active)


def _waiting() -> QuerySet[WebhookMessage]:
    """Of endpoints that are sent to: one that was switched off keeps what it had."""
    return WebhookMessage.objects.filter(state=WAITING, endpoint__state=WebhookEndpoint.State.ACTIVE)


def _replay(endpoints: Sequence[WebhookEndpoint]) -> int:
    """What an administrator does after an outage: let it go on, and send all that was given up. Returns how many went again."""
    number, now = 0, timezone.now()
    for endpoint in endpoints:
        endpoint_resume(endpoint, by=BY)
        number += messages_replay(endpoint, now - timedelta(hours=1), now, by=BY, delivered_too=False)
    return number


def _outcome(
    pairs: Sequence[Pair],
    found: list[str],
    written: Written,
    kills: int,
    pressed: int,
    replayed: int,
    lags: dict[str, list[float]],
) -> Outcome:
    arrived = [(pair.name, one.webhook_id) for pair in pairs for one in pair.receiver.arrived]
    injected: Counter[str] = sum((pair.receiver.injected for pair in pairs), Counter())
    kinds = WebhookDelivery.objects.order_by().values_list("kind").annotate(number=Count("pk"))
    doubled = len(arrived) - len(set(arrived))
    return Outcome(found, written, kills, pressed, injected, Counter(dict(kinds)), len(arrived), doubled, replayed, lags)


def percentiles(seconds: Sequence[float]) -> str:
    """The middle, the 95th percentile and the most."""
    if len(seconds) < 2:
        return "none arrived"
    cuts = statistics.quantiles(seconds, n=20)
    return f"{cuts[9]:.1f} / {cuts[18]:.1f} / {max(seconds):.1f}"

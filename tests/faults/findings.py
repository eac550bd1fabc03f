"""What must hold when all is over, said as sentences about what did not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from grader.events.models import Event
from grader.lms.models import GradeTold, WebhookDelivery, WebhookEndpoint, WebhookMessage
from grader.lms.webhooks.kinds import DELIVERED
from grader.lms.webhooks.outbox import events_wanted
from tests.faults.changing import Written
from tests.faults.receivers import Arrival, Receiver

Grades = dict[str, tuple[int, str | None]]


@dataclass(frozen=True)
class Pair:
    """An endpoint and its other end."""

    endpoint: WebhookEndpoint
    receiver: Receiver

    @property
    def name(self) -> str:
        return self.receiver.name


def given_up_too_early() -> list[str]:
    """Before anybody sends again: a message is only given up when its schedule has been gone through, or at a 410."""
    rows = WebhookMessage.objects.filter(state=WebhookMessage.State.GIVEN_UP, tries__lte=len(settings.GRADER_WEBHOOK_RETRY_S))
    early = rows.exclude(endpoint__disabled_why=WebhookEndpoint.Why.GONE).count()
    return [f"{early} messages were given up before their schedule was over"] * (early > 0)


def without_message(pairs: Sequence[Pair]) -> list[str]:
    """Before anybody sends again: an endpoint that is not switched off has a message of each event that it is to hear of."""
    found = []
    for pair in pairs:
        told = WebhookMessage.objects.filter(endpoint=pair.endpoint).values("event")
        active = WebhookEndpoint.objects.filter(pk=pair.endpoint.pk, state=WebhookEndpoint.State.ACTIVE).exists()
        skipped = Event.objects.filter(events_wanted(pair.endpoint)).exclude(pk__in=told).count()
        found += [f"{pair.name}: {skipped} events never got a message"] * (active and skipped > 0)
    return found


def events_kept(written: Written) -> list[str]:
    """The outbox itself holds what was committed and nothing that was rolled back."""
    there = set(Event.objects.values_list("public_id", flat=True))
    lost, undone = written.committed - there, written.undone & there
    return [f"{len(lost)} committed events are not in the outbox"] * bool(lost) + [
        f"{len(undone)} events of transactions that were rolled back are in the outbox"
    ] * bool(undone)


def complaints(pairs: Sequence[Pair], written: Written, grades: Grades) -> list[str]:
    """All that does not hold, a sentence each; none: everything held."""
    found = [*written.problems, *events_kept(written)]
    for pair in pairs:
        found += [f"{pair.name}: {said}" for said in (*_arrived(pair, written), *_ended(pair, grades))]
    return found


def _arrived(pair: Pair, written: Written) -> Iterator[str]:
    arrived = pair.receiver.arrived
    wanted = set(Event.objects.filter(events_wanted(pair.endpoint)).values_list("public_id", flat=True))
    lost = (wanted & written.committed) - pair.receiver.taken()
    if lost:
        yield f"{len(lost)} of {len(wanted)} events never arrived, {min(lost)} for one"
    strange = {one.webhook_id for one in arrived} - wanted
    if strange:
        undone = len(strange & written.undone)
        yield f"{len(strange)} ids arrived that it was not to hear of, {undone} of them rolled back"
    if unsigned := sum(not one.signed for one in arrived):
        yield f"{unsigned} arrivals had no right signature"
    if pair.receiver.redirects_followed:
        yield f"{pair.receiver.redirects_followed} redirects were followed"
    yield from _doubles(arrived)


def _doubles(arrived: Sequence[Arrival]) -> Iterator[str]:
    bodies, ids = defaultdict(set), defaultdict(set)
    for one in list(arrived):
        bodies[one.webhook_id].add(one.body)
        ids[one.body].add(one.webhook_id)
    if several := sum(len(found) > 1 for found in bodies.values()):
        yield f"{several} messages came again with another body"
    # Two events of one grade differ by version or type, so the same body under two ids is one message that was renamed.
    if renamed := sum(len(found) > 1 for found in ids.values()):
        yield f"{renamed} messages came again under another webhook-id"


def _ended(pair: Pair, grades: Grades) -> Iterator[str]:
    known = last_known(pair.receiver)
    stale = {name for name, last in grades.items() if known.get(name) != last}
    if stale:
        name = min(stale)
        yield f"{len(stale)} of {len(grades)} grades are not the last ones: {name} is {grades[name]}, it has {known.get(name)}"
    told = GradeTold.objects.filter(endpoint=pair.endpoint).values_list("grade__public_id", "version")
    behind = {name for name, version in told if version != grades[name][0]} | (set(grades) - {name for name, _ in told})
    if behind:
        yield f"the ledger is wrong on {len(behind)} grades"
    yield from _messages(pair)


def last_known(receiver: Receiver) -> Grades:
    """What somebody who keeps the greatest grade_version knows, from what was taken."""
    known: Grades = {}
    for data in (_grade(one.body) for one in receiver.arrived if one.taken):
        if data and data["grade_version"] > known.get(data["grade_id"], (0, None))[0]:
            known[data["grade_id"]] = (data["grade_version"], data["score"])
    return known


def _grade(body: bytes) -> dict[str, Any] | None:
    said = json.loads(body)
    return said["data"] if said["type"] == "grade.changed" else None


def _messages(pair: Pair) -> Iterator[str]:
    rows = WebhookMessage.objects.filter(endpoint=pair.endpoint)
    not_sent = rows.exclude(state=WebhookMessage.State.DELIVERED).count()
    if not_sent:
        yield f"{not_sent} messages are still not delivered"
    delivered = set(rows.filter(state=WebhookMessage.State.DELIVERED).values_list("event__public_id", flat=True))
    if claimed := delivered - pair.receiver.taken():
        yield f"{len(claimed)} messages are said to be delivered and were not"
    logged = WebhookDelivery.objects.filter(message__endpoint=pair.endpoint, kind=DELIVERED).values("message")
    if unlogged := rows.filter(state=WebhookMessage.State.DELIVERED).exclude(pk__in=logged).count():
        yield f"{unlogged} delivered messages have no delivery in their log"

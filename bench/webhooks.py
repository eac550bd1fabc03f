"""What the outbox brings to ten receivers: events per second, and how long after its commit a grade is with whom it is told to.

    .venv/bin/python -m bench.webhooks [--events 300] [--rounds 3] [--seconds 20] [--rate 5]

A Postgres, a Redis, the worker of webhooks and beat as `./dev up` starts them; ten endpoints on loopback in one other process.
*Events*: so many are written at once; from the first commit to the last arrival. Beside it in the same round, the same signed
bodies posted without any outbox by as many threads: through our client (`http_out`), and by `http.client`, which checks nothing.
*Lag*: events at a steady rate; from each one's commit to the nine receivers that are well, with the tenth well, refusing
connections, or taking them and never answering.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bench.overhead import machine
from local import site, start
from local.paths import ROOT
from local.process.supervisor import Supervisor

if TYPE_CHECKING:
    from grader.gradebook.models import Grade
    from grader.lms.models import WebhookEndpoint

TEN, THREADS, WITHIN_S = 10, 12, 180.0
TENTH = ("well", "refuses connections", "takes them and never answers")


@dataclass
class Receivers:
    """Ten listeners and one that never answers, in a process of their own, which tells of each arrival by a line."""

    process: subprocess.Popen[str]
    ports: list[int]
    silent: int
    arrived: list[tuple[int, str, float]] = field(default_factory=list)  # port, webhook-id, when

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            port, name, at = line.split()
            self.arrived.append((int(port), name, float(at)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.receive:
        asyncio.run(_receive())
        return 0
    print(machine())
    with _site() as there:
        endpoints, grades = _filled(there)
        _events(there, grades, 20)
        rates(there, endpoints, grades, options.events, options.rounds)
        lags(there, endpoints, grades, options)
    print(f"\nload after {' '.join(f'{one:.1f}' for one in os.getloadavg())}")
    return 0


def rates(there: Receivers, endpoints: Sequence[WebhookEndpoint], grades: Sequence[Grade], number: int, rounds: int) -> None:
    found: dict[str, list[float]] = {"outbox": [], "http_out": [], "http.client": []}
    for _ in range(rounds):
        found["outbox"].append(number / _events(there, grades, number))
        for name, post in (("http_out", _by_ours), ("http.client", _by_plain)):
            found[name].append(number / _posted(endpoints, number, post))
    print(f"\n| {number} events to {TEN} endpoints | events/s | messages/s | outbox's share |\n|---|---|---|---|")
    ours = statistics.median(found["outbox"])
    for name, each in found.items():
        middle = statistics.median(each)
        spread = f"{middle:.0f} ({min(each):.0f}-{max(each):.0f})"
        print(f"| {name} | {spread} | {middle * TEN:.0f} | {ours / middle:.2f} |", flush=True)


def lags(there: Receivers, endpoints: Sequence[WebhookEndpoint], grades: Sequence[Grade], options: argparse.Namespace) -> None:
    took: dict[str, list[list[float]]] = {tenth: [] for tenth in TENTH}
    for _ in range(options.rounds):
        for tenth in TENTH:
            with _tenth(there, endpoints[-1], tenth):
                took[tenth].append(_steady(there, grades, options.rate, options.seconds))
    head = "| the tenth endpoint | messages | p50, ms | p95, ms | p99, ms | p95 of each round |"
    print(f"\n{options.rate:g} events a second, lag of the nine that are well:\n\n{head}\n|---|---|---|---|---|---|")
    for tenth, each in took.items():
        whole = [1000 * lag for one in each for lag in one]
        cuts = statistics.quantiles(whole, n=100)
        rounds = ", ".join(f"{1000 * statistics.quantiles(one, n=20)[18]:.0f}" for one in each)
        print(f"| {tenth} | {len(whole)} | {cuts[49]:.0f} | {cuts[94]:.0f} | {cuts[98]:.0f} | {rounds} |", flush=True)


@contextmanager
def _site() -> Iterator[Receivers]:
    """Servers, tables, the worker of webhooks, beat, and receivers; Django in this process is of the same site."""
    supervisor = Supervisor(tell=lambda said: print(said, file=sys.stderr))
    home = Path(tempfile.mkdtemp(prefix="hwg-bench-", dir="/tmp"))
    home.chmod(0o711)
    supervisor.remove_at_end(home)
    try:
        database, redis = start.servers(supervisor, home, dict(os.environ), throw_away=True)
        env = site.environment(dict(os.environ), home=home, database=database, redis=redis, dataset=None, demo=False)
        env |= {"SECRET_KEY": secrets.token_hex(32), "GRADER_WEBHOOK_ALLOW": "127.0.0.0/8", "GRADER_WEBHOOK_HTTP": "1"}
        os.environ |= {**env, "GRADER_ROLE": "worker"}
        supervisor.run(site.manage("migrate", env, home / "logs", "migrate", "--no-input"))
        import django

        django.setup()
        for worker in site.workers(env, home / "logs"):
            if worker.name == "webhooks":
                supervisor.start(worker)
        supervisor.start(site.beat(env, home / "logs"))
        with _receivers() as there:
            yield there
    finally:
        supervisor.stop()


@contextmanager
def _receivers() -> Iterator[Receivers]:
    argv = [sys.executable, "-m", "bench.webhooks", "--receive"]
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    *ports, silent = json.loads(process.stdout.readline())
    there = Receivers(process, ports, silent)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(there.read)
        try:
            yield there
        finally:
            process.kill()
            process.wait()


async def _receive() -> None:
    async def well(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            said = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            await reader.readexactly(int(said["content-length"]))
            port = writer.get_extra_info("sockname")[1]
            sys.stdout.write(f"{port} {said['webhook-id']} {time.time()}\n")
            sys.stdout.flush()
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    servers = [await asyncio.start_server(how, "127.0.0.1", 0, backlog=200) for how in [*[well] * TEN, silent]]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _filled(there: Receivers) -> tuple[list[WebhookEndpoint], list[Grade]]:
    from grader.events.services import Actor
    from grader.gradebook.models import Grade
    from grader.lms.webhooks.services import endpoint_create
    from tests.faults.changing import a_class

    class_ = a_class(20)
    by = Actor(source="command")
    made = [endpoint_create(url=f"http://127.0.0.1:{port}/hook", events=["grade.changed"], by=by) for port in there.ports]
    return made, list(Grade.objects.filter(pk__in=class_.grades))


def _event(grade: Grade) -> tuple[str, float]:
    """Tell of a grade in a transaction, as those do that change it. Returns the event's id and when it was committed."""
    from django.db import transaction

    from grader.events.services import event_add

    grade.version += 1
    data = {"grade_id": grade.public_id, "course": "small", "assignment": "lab", "external_user_id": f"lms-{grade.student_id}"}
    data |= {"score": "2.00", "max_score": "3.00", "grade_version": grade.version, "reason": "override"}
    committed: list[float] = []
    with transaction.atomic():
        transaction.on_commit(lambda: committed.append(time.time()))  # before the bell
        event = event_add(event_type="grade.changed", course_slug="small", data=data)
    return event.public_id, committed[0]


def _events(there: Receivers, grades: Sequence[Grade], number: int) -> float:
    """Seconds from the first of so many commits to the last arrival."""
    written = dict(_event(grades[each % len(grades)]) for each in range(number))
    arrived = _all_arrived(there, written, TEN)
    return max(at for _, _, at in arrived) - min(written.values())


def _steady(there: Receivers, grades: Sequence[Grade], rate: float, seconds: float) -> list[float]:
    written, began = {}, time.monotonic()
    for each in range(int(rate * seconds)):
        time.sleep(max(0, began + each / rate - time.monotonic()))
        name, at = _event(grades[each % len(grades)])
        written[name] = at
    nine = set(there.ports[:-1])
    arrived = [one for one in _all_arrived(there, written, TEN - 1) if one[0] in nine]
    return [at - written[name] for _, name, at in arrived]


def _all_arrived(there: Receivers, written: dict[str, float], endpoints: int) -> list[tuple[int, str, float]]:
    """Wait for all, the tenth left out if need be; then each arrival of these events."""
    wanted = {(port, name) for port in there.ports[:endpoints] for name in written}
    until = time.monotonic() + WITHIN_S
    while not wanted <= {(port, name) for port, name, _ in there.arrived}:
        if time.monotonic() > until:
            raise SystemExit(f"not all of {len(wanted)} messages arrived within {WITHIN_S:.0f} s")
        time.sleep(0.05)
    found = [one for one in there.arrived if one[1] in written]
    there.arrived.clear()
    return found


@contextmanager
def _tenth(there: Receivers, endpoint: WebhookEndpoint, how: str) -> Iterator[None]:
    """Send the tenth endpoint's messages where it says, and have none of them left afterwards."""
    from grader.lms.models import WebhookEndpoint, WebhookMessage

    row, messages = WebhookEndpoint.objects.filter(pk=endpoint.pk), WebhookMessage.objects.filter(endpoint=endpoint)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        ports = dict(zip(TENTH, (there.ports[-1], nobody.getsockname()[1], there.silent), strict=True))
        row.update(url=f"http://127.0.0.1:{ports[how]}/hook")
        yield
        messages.filter(state=WebhookMessage.State.WAITING).update(state=WebhookMessage.State.GIVEN_UP)
        time.sleep(16 if how == TENTH[2] else 1)  # a call in flight has ended
        row.update(url=endpoint.url, failing_since=None)
        messages.filter(state=WebhookMessage.State.WAITING).update(state=WebhookMessage.State.GIVEN_UP)


Post = Callable[[str, bytes, dict[str, str]], Any]


def _posted(endpoints: Sequence[WebhookEndpoint], number: int, post: Post) -> float:
    """Seconds in which as many threads post the newest events to all endpoints, signed, from memory."""
    from grader.events.models import Event
    from grader.lms.webhooks.signing import body_of, headers_for

    events = list(Event.objects.filter(type="grade.changed").order_by("-id")[:number])

    def one(work: tuple[Event, WebhookEndpoint]) -> None:
        body = body_of(work[0])
        post(work[1].url, body, headers_for(work[1], work[0].public_id, body))

    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, [(event, endpoint) for event in events for endpoint in endpoints]))
    return time.perf_counter() - began


def _by_ours(url: str, body: bytes, headers: dict[str, str]) -> None:
    from grader import http_out

    http_out.post(url, body, headers)


def _by_plain(url: str, body: bytes, headers: dict[str, str]) -> None:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=15)
    line.request("POST", parts.path, body, headers)
    line.getresponse().read()
    line.close()


if __name__ == "__main__":
    sys.exit(main())

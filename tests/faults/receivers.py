"""Receivers of webhooks on loopback that misbehave as a seed says, and remember each message that reached them whole.

A message counts as *taken* when its receiver said 2xx to the end. One that arrived and was not answered so may come again.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from standardwebhooks import Webhook, WebhookVerificationError

TIMEOUT_S = 1  # what the dispatcher allows a try here
_PORTS = (20_000, 32_000)  # below those that Linux gives to callers, so that nobody takes one while its owner is down
_NOBODY = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets the connection
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Arrival:
    """A message that came whole. `signed`: the independent library found its signature right."""

    webhook_id: str
    body: bytes
    taken: bool
    signed: bool
    at: float


@dataclass(frozen=True)
class Manners:
    """How a receiver behaves until it is healed: `faults` with their weights, at this share of calls; or never there at all."""

    faults: dict[str, int] = field(default_factory=dict)
    share: float = 0.0
    down: bool = False
    gone_after: int | None = None  # says 410 once it has taken so many


class Receiver:
    """One endpoint's other end."""

    def __init__(self, name: str, manners: Manners, seed: int) -> None:
        self.name, self.manners, self.secret = name, manners, ""
        self.arrived: list[Arrival] = []
        self.injected: Counter[str] = Counter()
        self.redirects_followed = 0
        self.healthy = False
        self._chance = random.Random(f"{seed}:{name}")
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._listener, self.port = _a_port()
        if not manners.down:
            self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def heal(self) -> None:
        self.healthy = True
        if self.manners.down:
            self._listen()

    def close(self) -> None:
        self._closing.set()
        self._listener.close()

    def taken(self) -> set[str]:
        return {one.webhook_id for one in self.arrived if one.taken}

    def down_for(self, seconds: float) -> None:
        """Nobody listens for a while: who calls is refused."""
        with self._lock:
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone would leave it listening while a thread waits in accept
            self._listener.close()
            time.sleep(seconds)
            if not self._closing.is_set():
                self._listener = _bound(self.port)
                self._listen()

    def _listen(self) -> None:
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # whoever called may have died
            connection.settimeout(20)
            fault = self._fault()
            if fault:
                self.injected[fault] += 1
            if fault == "dies reading":
                connection.recv(64)
                _reset(connection)
                return
            head, body = _request(connection)
            if head.startswith(b"POST /elsewhere"):
                self.redirects_followed += 1
            taken = False
            try:
                taken = FAULTS[fault](self, connection) if fault else _answer(connection, "204 No Content")
            finally:
                self._remember(head, body, taken=taken)

    def _fault(self) -> str:
        with self._lock:
            manners = self.manners
            if self.healthy:
                return ""
            if manners.gone_after is not None and len(self.arrived) >= manners.gone_after:
                return "410"
            if self._chance.random() >= manners.share:
                return ""
            return self._chance.choices(list(manners.faults), list(manners.faults.values()))[0]

    def _remember(self, head: bytes, body: bytes, *, taken: bool) -> None:
        lines = (line.partition(": ") for line in head.decode("latin-1").split("\r\n")[1:])
        headers = {name.lower(): value for name, _, value in lines}
        try:
            Webhook(self.secret).verify(body, headers)
            signed = True
        except WebhookVerificationError:
            signed = False
        self.arrived.append(Arrival(headers.get("webhook-id", ""), body, taken, signed, time.time()))


def _a_port() -> tuple[socket.socket, int]:
    while True:
        with suppress(OSError):
            port = random.SystemRandom().randrange(*_PORTS)
            return _bound(port), port


def _bound(port: int) -> socket.socket:
    """Bound and not listening: a call is refused, and nobody else gets the port."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def _request(connection: socket.socket) -> tuple[bytes, bytes]:
    """The whole request, or OSError."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += _more(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    while len(body) < (int(length[1]) if length else 0):
        body += _more(connection)
    return head, body


def _more(connection: socket.socket) -> bytes:
    came = connection.recv(65_536)
    if not came:
        raise ConnectionResetError("it hung up")
    return came


def _answer(connection: socket.socket, status: str, *headers: str, body: bytes = b"") -> bool:
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close")
    connection.sendall("\r\n".join((*lines, "", "")).encode() + body)
    return status.startswith("2")


def _reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOBODY)
    connection.close()
    return False


def _says(status: str, *headers: str) -> Callable[[Receiver, socket.socket], bool]:
    return lambda _, connection: _answer(connection, status, *headers)


def _sends(raw: bytes) -> Callable[[Receiver, socket.socket], bool]:
    def send(_: Receiver, connection: socket.socket) -> bool:
        connection.sendall(raw)
        return False

    return send


def _slow(_: Receiver, connection: socket.socket) -> bool:
    time.sleep(TIMEOUT_S + 0.5)
    _answer(connection, "200 OK")
    return False  # whoever asked is gone


def _hang(receiver: Receiver, connection: socket.socket) -> bool:
    while not receiver.healthy:
        time.sleep(0.2)
    return False


def _drip(_: Receiver, connection: socket.socket) -> bool:
    for byte in b"HTTP/1.1 200 OK":
        connection.sendall(bytes([byte]))
        time.sleep(0.2)
    return False


def _redirect(receiver: Receiver, connection: socket.socket) -> bool:
    return _answer(connection, "307 Temporary Redirect", f"Location: http://127.0.0.1:{receiver.port}/elsewhere")


def _flap(receiver: Receiver, connection: socket.socket) -> bool:
    threading.Thread(target=receiver.down_for, args=(1.0,), daemon=True).start()
    return _reset(connection)


def _flood(_: Receiver, connection: socket.socket) -> bool:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 16_384)
    return True


FAULTS: dict[str, Callable[[Receiver, socket.socket], bool]] = {
    "500": _says("500 Internal Server Error"),
    "404": _says("404 Not Found"),
    "410": _says("410 Gone"),
    "429, Retry-After": _says("429 Too Many Requests", "Retry-After: 1"),
    "503, Retry-After": _says("503 Service Unavailable", "Retry-After: 1"),
    "redirect": _redirect,
    "dies reading": _says("never sent"),
    "dies writing": _sends(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nhalf of it"),
    "dies in the head": _sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "reset": lambda _, connection: _reset(connection),
    "garbage": _sends(b"\x16\x03\x01 204 is what I am\r\n\r\n"),
    "hangs up": _sends(b""),
    "slow": _slow,
    "a byte at a time": _drip,
    "never answers": _hang,
    "down for a second": _flap,
    "an endless 200": _flood,
}
# Each with its weight. The dear ones take the dispatcher a second and more.
CHEAP = dict.fromkeys(("500", "404", "redirect", "dies reading", "dies writing", "dies in the head", "reset", "garbage"), 1)
CHEAP["hangs up"] = 1
DEAR = dict.fromkeys(("429, Retry-After", "503, Retry-After", "slow", "a byte at a time", "down for a second"), 1)
DEAR["an endless 200"] = 1

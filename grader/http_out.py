"""The one client for every call that leaves the house to an address that somebody typed. It can't be sent where it shouldn't go.

Names are resolved once, here; *all* addresses found must be allowed, and the connection goes to one that was checked, while
TLS and the Host header keep the name (so a name that resolves differently a moment later gains nothing). No redirects, no
proxies of the environment, no cookies; one deadline for the whole call, also for a server that sends a byte a second, and for
a name server that never answers. Addresses that are numbers are taken in one spelling only.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import httpcore
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

Words = str | Promise
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_S = 3.0
TOTAL_S = 15.0
ANSWER_LIMIT = 8 * 1024
PORTS = frozenset({80, 443, 8080, 8443})
_UNICAST_6 = ipaddress.ip_network("2000::/3")  # all of IPv6 that is handed out for the open network
_NEVER = [  # is_global lets these through, and each can lead back inside
    ipaddress.ip_network(network)
    for network in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "3fff::/20",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
    )
]
_NOT_PUBLIC = _("{host} leads to {address}, which is not a public address. GRADER_WEBHOOK_ALLOW can allow its range.")
_INSIDE = _("{host} is not a public address. GRADER_WEBHOOK_ALLOW can allow its range.")
_NOT_PLAIN = _("{host} is no plain address. Write four numbers, such as 93.184.216.34, or a name.")
_A_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)


class CallRefused(Exception):
    """The address may not be called; nothing was sent. `says` is why, for whoever reads it in their language."""

    def __init__(self, says: Words, **values: object) -> None:
        self.says: Words = format_lazy(says, **values)  # type: ignore[arg-type]
        with translation.override("en"):  # for logs
            super().__init__(str(self.says))


class CallFailed(Exception):
    """The call was tried and brought no answer; `kind` says how: unknown (no such host), connect, tls, timeout or broken."""

    def __init__(self, said: str, kind: str) -> None:
        self.kind = kind
        super().__init__(said[:200])


@dataclass(frozen=True)
class Answer:
    """What came back: at most `ANSWER_LIMIT` bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str], *, total_s: float = TOTAL_S) -> Answer:
    """Send `body` and return the answer, whatever its status. Raises `CallRefused` or `CallFailed`."""
    url = url_checked(url)
    network = _CheckedNetwork(deadline=time.monotonic() + total_s)
    timeouts = {"connect": CONNECT_S, "read": total_s, "write": total_s, "pool": total_s}
    sent = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), "Connection": "close", **headers}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls(), network_backend=network, retries=0) as pool,
            pool.stream("POST", url, headers=list(sent.items()), content=body, extensions={"timeout": timeouts}) as response,
        ):
            return Answer(response.status, _headers(response.headers), _head(response.iter_stream()))
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as problem:
        raise CallFailed(f"{type(problem).__name__}: {problem}", _kind(problem)) from problem


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # reads some 140 certificates, so once


def _kind(problem: Exception) -> str:
    if isinstance(problem, httpcore.TimeoutException):
        return "timeout"
    if isinstance(problem, (_NoTls, ssl.SSLError)):
        return "tls"
    return "connect" if isinstance(problem, httpcore.ConnectError) else "broken"


def url_check(url: str) -> None:
    """Refuse what no address could make right: the scheme, a user in the address, a port of something else."""
    url_checked(url)


def url_checked(url: str) -> str:
    """The address as it is called: checked, a name of other letters in its ASCII form. Raises `CallRefused`."""
    if any(char <= " " or char in "\x7f\\" for char in url):
        raise CallRefused(_("The address may not hold spaces, line ends or backslashes."))
    try:
        parts = urlsplit(url)
        host = _ascii(parts.hostname or "")
    except ValueError:
        raise CallRefused(_("The address can't be read. Write https://host/path.")) from None
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.GRADER_WEBHOOK_HTTP):
        raise CallRefused(_("Only https:// addresses are called (GRADER_WEBHOOK_HTTP=1 allows http://)."))
    if "@" in parts.netloc:
        raise CallRefused(_("The address may not hold a user name or a password."))
    port = _port(parts)
    if not host:
        raise CallRefused(_("The address has no host."))
    _one_spelling(host)
    if port is not None and port not in PORTS and not settings.GRADER_WEBHOOK_ALLOW:
        raise CallRefused(
            _("Port {port} is not called. Use one of {ports}."), port=port, ports=", ".join(map(str, sorted(PORTS)))
        )
    _not_inside(host)
    netloc = (f"[{host}]" if ":" in host else host) + ("" if port is None else f":{port}")
    return urlunsplit(
        (parts.scheme, netloc, quote(parts.path, safe="/%:@!$&'()*+,;=~-._"), quote(parts.query, safe="/?%:@!$&'()*+,;=~-._"), "")
    )


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise CallRefused(_("The address has a port that is no number.")) from None


def _one_spelling(host: str) -> None:
    """A host that ends in a number is an address (so WHATWG tells them apart), and must be written as four plain numbers."""
    if ":" in host or not _A_NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise CallRefused(_NOT_PLAIN, host=host) from None


def _not_inside(host: str) -> None:
    """What leads inside by its spelling alone is refused when it is typed, and not only when it is called."""
    name = host.rstrip(".").lower().partition("%")[0]
    try:  # RFC 6761: localhost is always this machine
        address = ipaddress.ip_address("127.0.0.1" if name.rpartition(".")[2] == "localhost" else name)
    except ValueError:
        return
    if not address_allowed(address):
        raise CallRefused(_INSIDE, host=host)


def address_allowed(address: Address) -> bool:
    """A public unicast address, or one inside the ranges of GRADER_WEBHOOK_ALLOW."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address_listed(address):
        return True
    if address.version == 6 and address not in _UNICAST_6:
        return False
    inside = any(address in network for network in _NEVER if network.version == address.version)
    return address.is_global and not inside and not address.is_multicast and not address.is_reserved


def address_listed(address: Address) -> bool:
    return any(address in network for network in settings.GRADER_WEBHOOK_ALLOW if network.version == address.version)


def addresses_checked(host: str, port: int, wait_s: float = CONNECT_S) -> list[Address]:
    """The addresses of a host, all of which may be called. Raises `CallRefused` if one may not."""
    found = _looked_up(host, port, wait_s)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    refused = [address for address in addresses if not address_allowed(address)]
    if refused:
        raise CallRefused(_NOT_PUBLIC, host=host, address=refused[0])
    if port not in PORTS and not all(address_listed(address) for address in addresses):
        raise CallRefused(_("Port {port} is not called at a public address."), port=port)
    return addresses


def _looked_up(host: str, port: int, wait_s: float) -> list[Any]:
    """What the system says of a name. It takes no time limit, so it is asked beside us, and left alone when it is slow."""
    found: list[list[Any] | Exception] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as problem:
            found.append(problem)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(wait_s)
    answer = found[0] if found else None
    if answer is None:
        raise CallFailed(f"{host} could not be looked up within {wait_s:.0f} s.", "timeout")
    if isinstance(answer, Exception):
        raise CallFailed(f"{host} can't be resolved: {answer}", "unknown") from answer
    return answer


class _CheckedNetwork(httpcore.NetworkBackend):
    """Connects to checked addresses only, and gives each step no more than what is left of the whole call's time."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = CallFailed(f"{host} has no address.", "unknown")
        for address in addresses_checked(host, port, _left(self._deadline, timeout)):
            try:
                stream = self._inner.connect_tcp(
                    str(address), port, _left(self._deadline, timeout), local_address, socket_options
                )
                return _TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as refused:
                problem = refused
        raise problem


class _NoTls(httpcore.ConnectError):
    """The connection was there; TLS was not, or not one to trust."""


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        except httpcore.ConnectError as problem:
            raise _NoTls(str(problem)) from problem
        return _TimedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the whole call took too long")
    return left if timeout is None else min(left, timeout)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1")[:500] for name, value in raw}


def _head(chunks: Iterable[bytes]) -> bytes:
    body = b""
    for chunk in chunks:
        body += chunk
        if len(body) >= ANSWER_LIMIT:
            break
    return body[:ANSWER_LIMIT]

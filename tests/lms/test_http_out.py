"""The client for calls to addresses that somebody typed can't be led inside."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

import pytest

from grader import http_out
from tests.lms.receiver import receiver

INSIDE = {
    "loopback": ("127.0.0.1", "127.255.255.254", "::1"),
    "this host": ("0.0.0.0", "0.1.2.3", "::"),
    "private": ("10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "fc00::1", "fd12:3456::1", "fec0::1"),
    "link-local": ("169.254.169.254", "169.254.0.1", "fe80::1"),
    "carrier's NAT": ("100.64.0.1", "100.127.255.254"),
    "multicast": ("224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"),
    "reserved": ("240.0.0.1", "255.255.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
                 "192.88.99.1", "2001:db8::1", "3fff::1", "4000::1", "100::1", "2001:10::1", "2001:20::1"),
    "IPv4 in IPv6, mapped": ("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:7f00:1"),
    "IPv4 in IPv6, compatible": ("::127.0.0.1", "::10.0.0.1", "::8.8.8.8"),
    "NAT64": ("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::808:808", "64:ff9b:1::1", "64:ff9b:1::7f00:1"),
    "6to4": ("2002:7f00:1::", "2002:a00:1::1", "2002:808:808::1"),
    "Teredo": ("2001:0:7f00:1::", "2001::1"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "address"), [(kind, address) for kind, found in INSIDE.items() for address in found])
def test_an_address_that_leads_inside_is_not_allowed(kind: str, address: str):
    assert not http_out.address_allowed(ipaddress.ip_address(address)), kind


@pytest.mark.parametrize("address", [address for found in INSIDE.values() for address in found])
def test_a_name_that_leads_there_is_not_called_and_nothing_is_connected(address: str, monkeypatch: pytest.MonkeyPatch):
    connected: list[object] = []
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *a, **_: connected.append(a))

    with pytest.raises(http_out.CallRefused, match="not a public address"):
        http_out.post("https://lms.example/", b"{}", {})
    assert connected == []


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address: str):
    assert http_out.address_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "why"),
    [("http://example.org/", "Only https"), ("ftp://example.org/", "Only https"), ("file:///etc/passwd", "Only https"),
     ("https://user:pw@example.org/", "user name"), ("https://example.org:22/", "Port 22"), ("https:///x", "no host"),
     ("https://example.org:99999/", "no number"), ("https://@example.org/", "user name"), ("https://:@example.org/", "user name"),
     ("https://10.0.0.1\\@example.org/", "backslashes"), ("https://example.org/\n", "line ends"),
     ("https://exa mple.org/", "spaces"), ("https://example.org\t/", "spaces"),
     ("https://[::1/", "can't be read"), ("https://[fe80::1%25eth0]:22/", "Port 22"),
     ("https://example.org:25/", "Port 25"), ("https://example.org:6379/", "Port 6379"), ("//example.org/", "Only https"),
     ("gopher://example.org/", "Only https"), ("https://" + "я" * 70 + ".рф/", "can't be read")],
)  # fmt: skip
def test_what_no_address_could_make_right_is_refused_before_any_lookup(url: str, why: str):
    with pytest.raises(http_out.CallRefused, match=why):
        http_out.url_check(url)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0X7F000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.1.",
     "127.0.0.01", "10.0.0.0x1", "134744072", "0x08080808", "8.8.2056", "010.8.8.8", "1.2.3.4.5", "256.1.1.1", "foo.0x7f"],
)  # fmt: skip
def test_an_address_in_another_spelling_than_the_plain_one_is_refused_before_any_lookup(host: str):
    with pytest.raises(http_out.CallRefused, match="no plain address"):
        http_out.url_check(f"https://{host}/")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "１２７.０.０.１",
     "127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "loc\u00adalhost", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]"],
)  # fmt: skip
def test_every_spelling_of_loopback_is_refused(host: str):
    with pytest.raises(http_out.CallRefused):
        http_out.post(f"https://{host}/", b"{}", {})


def test_a_name_in_other_letters_is_called_by_its_ascii_form():
    assert http_out.url_checked("https://школа.рф/хук?a=я#x") == "https://xn--80atdl2c.xn--p1ai/%D1%85%D1%83%D0%BA?a=%D1%8F"
    assert http_out.url_checked("https://lms.example/a%20b?c=d%26e") == "https://lms.example/a%20b?c=d%26e"


def test_a_name_with_one_bad_address_among_good_ones_is_refused(monkeypatch: pytest.MonkeyPatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    with pytest.raises(http_out.CallRefused, match=r"10\.0\.0\.1"):
        http_out.post("https://two-faced.example/", b"{}", {})


def test_a_name_is_looked_up_once_so_that_it_cannot_turn_round(loopback: Any, monkeypatch: pytest.MonkeyPatch):
    lookups = []
    real = socket.getaddrinfo

    def counted(*args: Any, **kwargs: Any) -> Any:
        lookups.append(args[0])
        return real("127.0.0.1", *args[1:], **kwargs)

    with receiver() as there:
        monkeypatch.setattr(socket, "getaddrinfo", counted)
        port = there.url.split(":")[2]
        answer = http_out.post(f"http://campus.example:{port}", b"{}", {})

    assert answer.status == 204
    assert [name for name in lookups if name == "campus.example"] == ["campus.example"]
    assert there.got[0][0]["host"] == f"campus.example:{port.split('/')[0]}"


def test_a_name_that_turns_inside_between_check_and_connection_reaches_nobody(loopback: Any, monkeypatch: pytest.MonkeyPatch):
    """A public address while it is checked, loopback ever after: only the first answer counts."""
    answers = iter(["203.0.113.1"])
    loopback.GRADER_WEBHOOK_ALLOW = (ipaddress.ip_network("203.0.113.0/24"),)  # stands for a public one; nobody is there

    def turning(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers, "127.0.0.1"), port))]

    reached: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> Any:
        reached.append(address[0])
        raise TimeoutError

    with receiver() as there:
        port = int(there.url.split(":")[2].split("/")[0])
        monkeypatch.setattr(socket, "getaddrinfo", turning)
        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(http_out.CallFailed) as failed:
            http_out.post(f"http://turns.example:{port}/", b"{}", {})
        with pytest.raises(http_out.CallRefused, match=r"127\.0\.0\.1"):
            http_out.post(f"http://turns.example:{port}/", b"{}", {})

    assert (reached, failed.value.kind) == (["203.0.113.1"], "timeout")
    assert there.got == []


def test_a_name_server_that_never_answers_costs_no_more_than_a_connection(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(20))
    monkeypatch.setattr(http_out, "CONNECT_S", 0.3)
    began = time.monotonic()

    with pytest.raises(http_out.CallFailed) as failed:
        http_out.post("https://slow.example/", b"{}", {})

    assert failed.value.kind == "timeout"
    assert time.monotonic() - began < 2


def test_an_allowed_range_may_be_called_at_any_port_and_others_still_may_not(loopback: Any):
    with receiver() as there:
        assert http_out.post(there.url, b"{}", {"X-Test": "1"}).status == 204

    assert there.got[0][0]["x-test"] == "1"
    with pytest.raises(http_out.CallRefused, match=r"10\.0\.0\.1"):
        http_out.post("http://10.0.0.1/", b"{}", {})


def test_a_port_of_something_else_is_called_in_an_allowed_range_only(loopback: Any, monkeypatch: pytest.MonkeyPatch):
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 6379))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)

    with pytest.raises(http_out.CallRefused, match="Port 6379"):
        http_out.post("http://example.org:6379/", b"{}", {})


def test_a_redirect_is_an_answer_and_is_not_followed(loopback: Any):
    with receiver() as there, receiver() as inside:
        there.status, there.headers = 302, {"Location": inside.url}
        answer = http_out.post(there.url, b"{}", {})

    assert answer.status == 302
    assert inside.got == []


def test_proxies_of_the_environment_are_not_asked(loopback: Any, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with receiver() as there:
        assert http_out.post(there.url, b"{}", {}).status == 204


def test_a_long_answer_is_cut(loopback: Any):
    with receiver() as there:
        there.status, there.body = 200, b"x" * 20_000
        assert len(http_out.post(there.url, b"{}", {}).body) == http_out.ANSWER_LIMIT


def test_a_server_that_sends_a_byte_now_and_then_is_left_at_the_deadline(loopback: Any):
    started = time.monotonic()

    with receiver() as there:
        there.status, there.body, there.drip_s = 200, b"x" * 20, 0.2
        with pytest.raises(http_out.CallFailed):
            http_out.post(there.url, b"{}", {}, total_s=1.0)

    assert time.monotonic() - started < 3


def test_nobody_there_is_a_failure_and_not_an_exception_of_the_library(loopback: Any):
    with receiver() as there:
        url = there.url
    with pytest.raises(http_out.CallFailed, match="ConnectError") as failed:
        http_out.post(url, b"{}", {})
    assert failed.value.kind == "connect"


def test_a_plain_server_at_an_https_address_is_told_apart(loopback: Any):
    with receiver() as there, pytest.raises(http_out.CallFailed) as failed:
        http_out.post(there.url.replace("http:", "https:"), b"{}", {}, total_s=3)
    assert failed.value.kind == "tls"


def test_a_name_that_nobody_has_is_said_to_be_unknown():
    with pytest.raises(http_out.CallFailed) as failed:
        http_out.post("https://nobody.invalid/", b"{}", {})
    assert failed.value.kind == "unknown"

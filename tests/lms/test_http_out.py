"""The client for calls to addresses that somebody typed can't be led inside."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

import pytest

from grader import http_out
from tests.lms.receiver import receiver


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1",
     "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fec0::1"],
)  # fmt: skip
def test_an_address_that_leads_inside_is_not_allowed(address: str):
    assert not http_out.address_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address: str):
    assert http_out.address_allowed(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "why"),
    [("http://example.org/", "Only https"), ("ftp://example.org/", "Only https"), ("file:///etc/passwd", "Only https"),
     ("https://user:pw@example.org/", "user name"), ("https://example.org:22/", "Port 22"), ("https:///x", "no host"),
     ("https://example.org:99999/", "no number")],
)  # fmt: skip
def test_what_no_address_could_make_right_is_refused_before_any_lookup(url: str, why: str):
    with pytest.raises(http_out.CallRefused, match=why):
        http_out.url_check(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_every_spelling_of_loopback_is_refused(host: str):
    with pytest.raises((http_out.CallRefused, http_out.CallFailed)):
        http_out.post(f"https://{host}/", b"{}", {})


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


def test_an_allowed_range_may_be_called_at_any_port_and_others_still_may_not(loopback: Any):
    with receiver() as there:
        assert http_out.post(there.url, b"{}", {"X-Test": "1"}).status == 204

    assert there.got[0][0]["x-test"] == "1"
    with pytest.raises(http_out.CallRefused, match=r"10\.0\.0\.1"):
        http_out.post("http://10.0.0.1/", b"{}", {})


def test_a_redirect_is_an_answer_and_is_not_followed(loopback: Any):
    with receiver() as there, receiver() as inside:
        there.status, there.headers = 302, {"Location": inside.url}
        answer = http_out.post(there.url, b"{}", {})

    assert answer.status == 302
    assert inside.got == []


def test_proxies_of_the_environment_are_not_asked(loopback: Any, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
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
    with pytest.raises(http_out.CallFailed, match="ConnectError"):
        http_out.post(url, b"{}", {})

"""How a try can end, in one word: kept with each delivery, and said in words by the pages."""

from __future__ import annotations

DELIVERED = "delivered"
BY_STATUS = {408: "busy", 410: "gone", 425: "busy", 429: "busy", 503: "busy"}
KINDS = (
    DELIVERED,
    "refused",  # the address may not be called; nothing was sent
    "unknown",  # the host's name leads nowhere
    "connect",  # nobody listens there
    "tls",  # no trust in its certificate, or no TLS
    "timeout",
    "broken",  # it hung up in the middle, or answered no HTTP
    "redirect",
    "gone",
    "busy",  # it asks for time
    "rejected",  # another 4xx
    "server",  # another 5xx
)


def kind_of(status: int) -> str:
    """The word for an answer by its status."""
    if 200 <= status < 300:
        return DELIVERED
    if status in BY_STATUS:
        return BY_STATUS[status]
    if 300 <= status < 400:
        return "redirect"
    return "rejected" if status < 500 else "server"

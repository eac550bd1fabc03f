"""A receiver of webhooks on loopback: keeps what it was sent and answers as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """`drip_s` sends the answer's bytes one by one so slowly; `wait_s` goes by before it answers at all."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drip_s: float = 0.0
    wait_s: float = 0.0
    at_once: int = 0
    most_at_once: int = 0


@contextmanager
def receiver() -> Iterator[Receiver]:
    kept = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(kept))
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


def _handler(kept: Receiver) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.at_once += 1
            kept.most_at_once = max(kept.most_at_once, kept.at_once)
            time.sleep(kept.wait_s)
            kept.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            kept.at_once -= 1
            self.send_response(kept.status)
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in kept.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(kept.drip_s)

        def log_message(self, *args: object) -> None:
            pass

    return Handler

"""An LMS that listens on the loopback for one kind of webhook, and believes it only if its signature is right."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """Binds a free port at once; `listen` answers in a thread. `find` looks through what came and was genuine."""

    def __init__(self) -> None:
        self._server = HTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/grades"
        self.secret = ""
        self.refused: list[str] = []
        self._came: list[dict[str, Any]] = []

    def listen(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def find(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
        """The newest genuine message that `wanted` accepts."""
        return next((message for message in reversed(self._came) if wanted(message)), None)

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """What an LMS does with a request: verify, then keep. Returns the status to answer with."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError as problem:
            self.refused.append(str(problem))
            return 401
        self._came.append(json.loads(body))
        return 204


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(receiver.take(body, {name.lower(): value for name, value in self.headers.items()}))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            """Stay quiet: what came is shown by the check."""

    return Handler

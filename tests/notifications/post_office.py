"""A mail server on a port of this machine: takes letters by SMTP, and knows no mailbox whose name begins with "nobody"."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class PostOffice:
    port: int
    got: list[EmailMessage] = field(default_factory=list)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice(0)

    class Clerk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                verb = line.upper()
                if verb == "DATA":
                    self.say("354 go on")
                    office.got.append(message_from_bytes(self.letter(), policy=policy.default))
                    self.say("250 taken")
                elif verb.startswith("RCPT TO:<NOBODY"):
                    self.say("550 no such mailbox")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 yes")

        def letter(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line[1:] if line.startswith(b"..") else line)
            return b"".join(lines)

        def say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clerk) as server:
        server.daemon_threads = True
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield office
        server.shutdown()
        thread.join()


def by_smtp(settings: Any, port: int) -> None:
    """What `MAIL_URL=smtp://127.0.0.1:port` sets."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""

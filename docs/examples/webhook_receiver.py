"""Hears of grades: verifies each message, drops what it had already, writes a line for a grade.

WEBHOOK_SECRET=whsec_… python3 webhook_receiver.py 9000
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
seen: set[str] = set()  # keep both where they outlive you: in the transaction that keeps the grade
versions: dict[str, int] = {}


def is_ours(headers: Mapping[str, str], body: bytes) -> bool:
    message, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
    digest = hmac.new(KEY, f"{message}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    right = [hmac.compare_digest(base64.b64encode(digest), given.removeprefix("v1,").encode())
             for given in headers.get("webhook-signature", "").split()]  # fmt: skip
    return any(right) and abs(time.time() - int(sent_at)) < 300


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not is_ours(self.headers, body):
            return self.answer(401)
        told, message = json.loads(body), self.headers["webhook-id"]
        grade, version = told["data"].get("grade_id"), told["data"].get("grade_version", 0)
        if told["type"] == "grade.changed" and message not in seen and version > versions.get(grade, 0):
            data, versions[grade] = told["data"], version
            print(data["course"], data["assignment"], data["external_user_id"], data["score"], "of", data["max_score"],
                  "version", version, flush=True)  # fmt: skip
        seen.add(message)
        return self.answer(204)  # only now: whatever is not answered with 2xx comes again

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print("listening on port", server.server_address[1], file=sys.stderr, flush=True)
    server.serve_forever()

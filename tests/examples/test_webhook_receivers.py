"""The receivers of the docs take what our signature makes right and nothing else. Messages are signed by `standardwebhooks`."""

from __future__ import annotations

import base64
import json
import os
import socketserver
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from local.paths import ROOT

EXAMPLES = ROOT / "docs" / "examples"
SECRET = "whsec_" + base64.b64encode(b"the secret of these receivers").decode()
DATA = {
    "grade_id": "grd_1", "course": "dl2", "assignment": "15", "external_user_id": "1017", "score": "3.00", "max_score": "5.00",
    "grade_version": 2, "reason": "run",
}  # fmt: skip
Tell = Callable[..., int]


def a_body(kind: str = "grade.changed", **data: Any) -> bytes:
    said = {"type": kind, "timestamp": "2026-11-25T10:00:00.000Z", "data": {**DATA, **data}}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def post(
    url: str, body: bytes, *, secret: str = SECRET, message: str = "evt_1", ago: timedelta = timedelta(), **changed: str
) -> int:
    then = datetime.now(UTC) - ago
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, then, body.decode()),
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@contextmanager
def in_python(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The sample in Python, and the file that its lines go to."""
    heard = tmp_path / "heard"
    argv = [sys.executable, str(EXAMPLES / "webhook_receiver.py"), "0"]
    with heard.open("w") as out:
        process = subprocess.Popen(argv, env={"WEBHOOK_SECRET": SECRET}, stdout=out, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        yield f"http://127.0.0.1:{process.stderr.readline().split()[-1]}/", heard
    finally:
        process.kill()
        process.wait()


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[str]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"  # type: ignore[index]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def in_shell(tmp_path: Path, grader: str) -> Iterator[tuple[str, Path]]:
    """The sample in shell, started for each connection as socat and inetd do."""
    heard = tmp_path / "heard"
    heard.touch()
    env = {"PATH": os.environ["PATH"], "WEBHOOK_SECRET": SECRET, "GRADER": grader, "TOKEN": "hgr_t", "GRADES": str(heard)}

    class Connection(socketserver.StreamRequestHandler):
        rbufsize = 0

        def handle(self) -> None:
            number = self.request.fileno()
            subprocess.run(["sh", str(EXAMPLES / "webhook_receiver.sh")], stdin=number, stdout=number, env=env, check=False)

    with serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)) as url:
        yield url, heard


@contextmanager
def a_grader(status: int = 200) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Answers for grades as the API does, and remembers who asked for what."""
    asked: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"id": "grd_1", "score": "4.00"}).encode())

        def log_message(self, *args: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url, asked


@pytest.fixture(params=["python", "shell"])
def receiver(request, tmp_path) -> Iterator[tuple[str, Path]]:
    with (
        a_grader() as (grader, _asked),
        in_python(tmp_path) if request.param == "python" else in_shell(tmp_path, grader) as found,
    ):
        yield found


def test_a_grade_that_is_signed_is_taken(receiver):
    url, heard = receiver

    assert post(url, a_body()) == 204
    assert heard.read_text().strip()


def test_two_signatures_while_a_secret_is_replaced(receiver):
    url, heard = receiver
    other = Webhook("whsec_" + base64.b64encode(b"the new one").decode())
    then = datetime.now(UTC)
    both = f"{other.sign('evt_1', then, a_body().decode())} {Webhook(SECRET).sign('evt_1', then, a_body().decode())}"

    assert post(url, a_body(), webhook_signature=both) == 204
    assert heard.read_text().strip()


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "whsec_" + base64.b64encode(b"somebody else's").decode()},
        {"ago": timedelta(minutes=6)},
        {"ago": -timedelta(minutes=6)},
        {"webhook_id": "evt_2"},
        {"webhook_timestamp": "0"},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,"},
        {"webhook_signature": "v1,*"},
        {"webhook_signature": "é"},
    ],
    ids=str,
)
def test_anything_else_is_refused(receiver, wrong):
    url, heard = receiver

    assert post(url, a_body(), **wrong) == 401
    assert not heard.read_text()


def test_a_body_that_was_changed_is_refused(receiver):
    url, heard = receiver
    then = datetime.now(UTC)

    assert post(url, a_body(score="5.00"), webhook_signature=Webhook(SECRET).sign("evt_1", then, a_body().decode())) == 401
    assert not heard.read_text()


def test_the_one_in_python_drops_what_it_had_and_what_is_older(tmp_path):
    with in_python(tmp_path) as (url, heard):
        for message, version, score in (("a", 2, "3.00"), ("a", 2, "3.00"), ("b", 1, "1.00"), ("c", 3, "4.00")):
            assert post(url, a_body(grade_version=version, score=score), message=f"evt_{message}") == 204
        assert post(url, a_body("endpoint.ping"), message="evt_d") == 204

    assert heard.read_text().splitlines() == ["dl2 15 1017 3.00 of 5.00 version 2", "dl2 15 1017 4.00 of 5.00 version 3"]


def test_the_one_in_shell_asks_for_the_grade_itself(tmp_path):
    with a_grader() as (grader, asked), in_shell(tmp_path, grader) as (url, heard):
        assert post(url, a_body(score="1.00")) == 204
        assert post(url, b'{"type": "endpoint.ping", "data": {"endpoint_id": "whe_1"}}') == 204

        assert asked == [("/api/v1/grades/grd_1", "Bearer hgr_t")]
        assert json.loads(heard.read_text()) == {"id": "grd_1", "score": "4.00"}


def test_the_one_in_shell_wants_it_again_where_the_grade_can_not_be_had(tmp_path):
    with a_grader(503) as (grader, _asked), in_shell(tmp_path, grader) as (url, _heard):
        assert post(url, a_body()) == 502


@pytest.mark.parametrize("sent_at", ["$(touch broken)", "1+1", "a[$(touch broken)]", "9" * 40])
def test_what_comes_in_a_header_is_never_run(tmp_path, sent_at):
    with a_grader() as (grader, _asked), in_shell(tmp_path, grader) as (url, _heard):
        assert post(url, a_body(), webhook_timestamp=sent_at) == 401

    assert not Path("broken").exists()

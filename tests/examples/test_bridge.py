"""The bridge of the docs, against doubles that answer as the four systems' documentation says (no real one is reached here)."""

from __future__ import annotations

import base64
import json
import runpy
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from local.paths import ROOT

SECRET = "whsec_" + base64.b64encode(b"a secret of the bridge's test").decode()
BRIDGE = runpy.run_path(str(ROOT / "docs" / "examples" / "bridge.py"))


@dataclass
class System:
    """The other system: what it was asked, and what it answers to an address that begins so."""

    answers: dict[str, Any]
    status: int = 200
    url: str = ""
    asked: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def a_system(**answers: Any) -> Iterator[System]:
    system = System({"/" + path.replace("__", "/"): said for path, said in answers.items()})

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            system.asked.append((self.command, self.path, dict(self.headers), body))
            said = next((said for path, said in system.answers.items() if self.path.startswith(path)), None)
            self.send_response(404 if said is None else system.status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_POST = do_PUT = answer  # noqa: N815 - the library's names

        def log_message(self, *args: object) -> None:
            pass

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as system.url:
        yield system


@contextmanager
def a_bridge(tmp_path, other: System, item: dict[str, Any], **to: Any) -> Iterator[str]:
    config = {
        "secret": SECRET,
        "port": 0,
        "state": str(tmp_path / "bridge.db"),
        "to": {"url": other.url, **to},
        "items": {"dl2/13": item},
    }
    with serving(BRIDGE["serve"](config)) as url:
        yield url


def tell(url: str, *, secret: str = SECRET, **data: Any) -> int:
    """Send a change of a grade as the grader does; the status that came back."""
    told = {
        "grade_id": "grd_1", "course": "dl2", "assignment": "13", "external_user_id": "3", "score": "2.50", "max_score": "4.00",
        "grade_version": 1, "reason": "run", **data,
    }  # fmt: skip
    body = json.dumps({"type": "grade.changed", "timestamp": "2026-11-25T10:00:00.000Z", "data": told})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("evt_1", now, body),
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


MOODLE = {"courseid": 2, "activityid": 17}


def test_a_grade_reaches_moodle_in_its_activitys_scale(tmp_path):
    with a_system(webservice__rest__server=0) as moodle, a_bridge(tmp_path, moodle, MOODLE, system="moodle", token="t") as url:
        assert tell(url) == 204

    fields = dict(urllib.parse.parse_qsl(moodle.asked[0][3]))
    assert fields["wsfunction"] == "core_grades_update_grades"
    assert (fields["courseid"], fields["activityid"], fields["component"]) == ("2", "17", "mod_assign")
    assert (fields["grades[0][studentid]"], fields["grades[0][grade]"]) == ("3", "62.5")


def test_what_moodle_refuses_is_asked_for_again_and_written_when_it_is_taken(tmp_path):
    refusal = {"exception": "moodle_exception", "errorcode": "invalidcoursemodule"}  # comes with status 200
    with (
        a_system(webservice__rest__server=refusal) as moodle,
        a_bridge(tmp_path, moodle, MOODLE, system="moodle", token="t") as url,
    ):
        assert tell(url) == 502
        moodle.answers["/webservice/rest/server"] = 0
        assert tell(url) == 204

    assert len(moodle.asked) == 2


def test_an_older_version_that_comes_later_is_dropped(tmp_path):
    with a_system(webservice__rest__server=0) as moodle, a_bridge(tmp_path, moodle, MOODLE, system="moodle", token="t") as url:
        statuses = [tell(url, grade_version=2), tell(url, grade_version=1), tell(url, grade_version=2)]

    assert statuses == [204, 204, 204]
    assert len(moodle.asked) == 1


def test_what_is_not_signed_by_the_grader_is_refused(tmp_path):
    with a_system(webservice__rest__server=0) as moodle, a_bridge(tmp_path, moodle, MOODLE, system="moodle", token="t") as url:
        other = "whsec_" + base64.b64encode(b"a secret of somebody else's.").decode()
        assert tell(url, secret=other) == 401

    assert moodle.asked == []


@pytest.mark.parametrize("data", [{"assignment": "14"}, {"score": None}, {"external_user_id": ""}])
def test_what_has_no_place_there_is_taken_and_left(tmp_path, data):
    with a_system(webservice__rest__server=0) as moodle, a_bridge(tmp_path, moodle, MOODLE, system="moodle", token="t") as url:
        assert tell(url, **data) == 204

    assert moodle.asked == []


def test_a_grade_reaches_canvas_as_per_cent(tmp_path):
    item = {"course_id": 7, "assignment_id": 70}
    with a_system(api__v1={"grade": "2.5"}) as canvas, a_bridge(tmp_path, canvas, item, system="canvas", token="t") as url:
        assert tell(url, external_user_id="sis_user_id:A 1") == 204

    method, path, headers, body = canvas.asked[0]
    assert (method, path) == ("PUT", "/api/v1/courses/7/assignments/70/submissions/sis_user_id%3AA%201")
    assert headers["Authorization"] == "Bearer t"
    assert urllib.parse.parse_qs(body) == {"submission[posted_grade]": ["62.50%"]}


def test_a_grade_reaches_open_edx_as_an_override_of_a_subsection(tmp_path):
    item = {"course_id": "course-v1:A+DL+1", "usage_id": "block-v1:A+DL+1+type@sequential+block@hw13"}
    answers = {"oauth2__access_token": {"access_token": "j"}, "api__grades": [{"user_id": 3, "success": True}]}
    with (
        a_system(**answers) as edx,
        a_bridge(tmp_path, edx, item, system="openedx", client_id="c", client_secret="s") as url,
    ):
        assert tell(url) == 204

    _, path, headers, body = edx.asked[1]
    assert path == "/api/grades/v1/gradebook/course-v1%3AA%2BDL%2B1/bulk-update"
    assert headers["Authorization"] == "JWT j"
    assert json.loads(body)[0]["grade"] == {
        "earned_all_override": 2.5,
        "possible_all_override": 4.0,
        "earned_graded_override": 2.5,
        "possible_graded_override": 4.0,
    }


def test_a_grade_reaches_getcourse_in_a_field_of_the_person(tmp_path):
    taken = {"success": True, "result": {"error": False}}
    with (
        a_system(pl__api__users=taken) as getcourse,
        a_bridge(tmp_path, getcourse, {"field": "ДЗ 13"}, system="getcourse", token="k") as url,
    ):
        assert tell(url, external_user_id="anna@example.org") == 204

    fields = dict(urllib.parse.parse_qsl(getcourse.asked[0][3]))
    said = json.loads(base64.b64decode(fields["params"]))
    assert said == {"user": {"email": "anna@example.org", "addfields": {"ДЗ 13": "2.50"}}, "system": {"refresh_if_exists": 1}}


def test_a_system_that_is_away_leaves_the_message_with_the_grader(tmp_path):
    with a_system(api__v1={}) as canvas:
        canvas.status = 503
        item = {"course_id": 7, "assignment_id": 70}
        with a_bridge(tmp_path, canvas, item, system="canvas", token="t") as url:
            assert tell(url) == 502

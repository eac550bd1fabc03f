"""A bridge: hears `grade.changed` and writes the grade into Moodle, Canvas, Open edX or GetCourse by that system's own API.

    pip install standardwebhooks
    python bridge.py bridge.json            # listens on 127.0.0.1:9000; put your HTTPS proxy before it

It keeps no queue of its own: when the other system does not take a grade the bridge answers 502, and the grader sends the
same message again by its schedule, over days. A version older than the one written last is dropped, so disorder does no harm.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import sys
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def call(url: str, *, data: bytes, headers: dict[str, str], method: str = "POST") -> str:
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - the address is your own setting
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(answer.read(65_536).decode())


def form(fields: dict[str, object]) -> bytes:
    return urllib.parse.urlencode(fields).encode()


def to_moodle(to: dict, item: dict, student: str, score: float, most: float) -> None:
    """core_grades_update_grades. `student` is Moodle's numeric user id; `activityid` the id in the activity's address."""
    fields = {
        "wstoken": to["token"], "wsfunction": "core_grades_update_grades", "moodlewsrestformat": "json",
        "source": "homework-grader", "courseid": item["courseid"], "component": item.get("component", "mod_assign"),
        "activityid": item["activityid"], "itemnumber": 0,
        "grades[0][studentid]": student, "grades[0][grade]": round(score / most * item.get("max", 100), 4),
    }  # fmt: skip
    said = json.loads(call(to["url"] + "/webservice/rest/server.php", data=form(fields), headers={}))
    if said != 0:  # GRADE_UPDATE_OK; an exception of Moodle's comes with status 200 too
        raise OSError(f"Moodle did not take it: {said}")


def to_canvas(to: dict, item: dict, student: str, score: float, most: float) -> None:
    """Canvas' Submissions API. `student` is its user id, or `sis_user_id:…`; the score is sent as per cent."""
    where = f"/api/v1/courses/{item['course_id']}/assignments/{item['assignment_id']}/submissions/{urllib.parse.quote(student)}"
    fields = {"submission[posted_grade]": f"{score / most * 100:.2f}%"}
    call(to["url"] + where, data=form(fields), headers={"Authorization": f"Bearer {to['token']}"}, method="PUT")


def to_openedx(to: dict, item: dict, student: str, score: float, most: float) -> None:
    """Open edX' gradebook API, as staff: an override of a subsection. `student` is its numeric user id."""
    grant = {"grant_type": "client_credentials", "token_type": "jwt", "client_id": to["client_id"]}
    access = json.loads(
        call(to["url"] + "/oauth2/access_token", data=form(grant | {"client_secret": to["client_secret"]}), headers={})
    )
    grade = {
        f"{what}_{which}_override": value
        for which in ("all", "graded")
        for what, value in (("earned", score), ("possible", most))
    }
    body = json.dumps([{"user_id": int(student), "usage_id": item["usage_id"], "grade": grade}]).encode()
    where = f"/api/grades/v1/gradebook/{urllib.parse.quote(item['course_id'])}/bulk-update"
    headers = {"Authorization": f"JWT {access['access_token']}", "Content-Type": "application/json"}
    said = json.loads(call(to["url"] + where, data=body, headers=headers))
    if not all(row.get("success") for row in said):
        raise OSError(f"Open edX did not take it: {said}")


def to_getcourse(to: dict, item: dict, student: str, score: float, most: float) -> None:
    """GetCourse has no call for a homework's mark: the score goes into a field of the person. `student` is the e-mail."""
    user = {"email": student, "addfields": {item["field"]: f"{score:.2f}"}}
    params = base64.b64encode(json.dumps({"user": user, "system": {"refresh_if_exists": 1}}).encode()).decode()
    said = json.loads(
        call(to["url"] + "/pl/api/users", data=form({"action": "add", "key": to["token"], "params": params}), headers={})
    )
    if str(said.get("success")).lower() != "true" or str(said.get("result", {}).get("error", "")).lower() == "true":
        raise OSError(f"GetCourse did not take it: {said}")


SENDERS = {"moodle": to_moodle, "canvas": to_canvas, "openedx": to_openedx, "getcourse": to_getcourse}


class Bridge:
    def __init__(self, config: dict) -> None:
        self.to, self.items = config["to"], config["items"]
        self.webhook, self.one_at_a_time = Webhook(config["secret"]), threading.Lock()
        self.written = sqlite3.connect(config.get("state", "bridge.db"), check_same_thread=False, isolation_level=None)
        self.written.execute("CREATE TABLE IF NOT EXISTS written (grade TEXT PRIMARY KEY, version INTEGER)")

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """The status to answer with, and a line for the log."""
        try:
            data = self.webhook.verify(body, headers)["data"]
        except WebhookVerificationError as problem:
            return 401, f"not signed by our grader: {problem}"
        item = self.items.get(f"{data.get('course')}/{data.get('assignment')}")
        if item is None or data.get("score") is None or not data["external_user_id"]:
            return 204, f"nothing to write: {data}"
        with self.one_at_a_time:
            row = self.written.execute("SELECT version FROM written WHERE grade = ?", [data["grade_id"]]).fetchone()
            if row and row[0] >= data["grade_version"]:
                return 204, "a version as new is there already"
            try:
                send = SENDERS[self.to["system"]]
                send(self.to, item, data["external_user_id"], float(data["score"]), float(data["max_score"]))
            except (OSError, ValueError) as problem:  # urllib's errors are OSErrors
                return 502, f"{data['external_user_id']}: {problem}"
            self.written.execute("REPLACE INTO written VALUES (?, ?)", [data["grade_id"], data["grade_version"]])
        return 204, f"{data['external_user_id']}: {data['score']} of {data['max_score']} written"


def serve(config: dict) -> ThreadingHTTPServer:
    bridge = Bridge(config)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 65_536))
            status, said = bridge.take(body, {name.lower(): value for name, value in self.headers.items()})
            print(status, said, flush=True)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """One line a message is enough."""

    return ThreadingHTTPServer((config.get("host", "127.0.0.1"), config.get("port", 9000)), Door)


if __name__ == "__main__":
    serve(json.loads(Path(sys.argv[1]).read_text())).serve_forever()

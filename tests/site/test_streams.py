"""Live pages' streams in a real web process: changes come at once, hold no database connection, and leave no place taken."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from grader.accounts.models import User
from grader.gradebook.services import run_record
from grader.submissions import streams
from grader.submissions.claims import run_progress
from grader.submissions.models import Submission
from grader.submissions.values import ProgressReport
from local.paths import PYTHON, ROOT
from local.process.spawn import dies_with_parent
from local.site import free_port
from tests.factories import Cast, a_cast, a_claim, a_result, a_submission
from tests.plugins.running_site import wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
POOL = 2


class Web:
    """A web process on pytest's own database, whose pool has two connections."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        database = f"postgresql://{connection.settings_dict['USER']}@/{connection.settings_dict['NAME']}"
        env = {
            **os.environ,
            "DATABASE_URL": f"{database}?host={connection.settings_dict['HOST']}",
            "DATABASE_POOL": str(POOL),
            "GRADER_ROLE": "web",
            "DJANGO_SETTINGS_MODULE": "grader.settings",
        }
        argv = [str(PYTHON), "-m", "uvicorn", "grader.asgi:application", "--port", str(self.port)]
        argv += ["--lifespan", "off", "--timeout-graceful-shutdown", "1"]
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                argv, env=env, cwd=ROOT, stdout=file, stderr=file, preexec_fn=dies_with_parent(signal.SIGTERM)
            )
        wait_for(self._answers, within_s=40, what="the web process")

    def _answers(self) -> bool:
        try:
            return self.get("/healthz", None).status == 200
        except OSError:
            return False

    def get(self, path: str, user: User | None, timeout_s: float = 10) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        line.request("GET", path, headers={"Host": "localhost", "Cookie": cookie_of(user), "Accept-Language": "en"})
        answer = line.getresponse()
        answer.line = line  # type: ignore[attr-defined] # or it is closed when nobody holds it
        return answer

    def stream(self, submission: Submission, user: User | None) -> http.client.HTTPResponse:
        return self.get(f"/submissions/{submission.public_id}/stream/", user)


def cookie_of(user: User | None) -> str:
    if user is None:
        return "django_language=en"
    client = Client()
    client.force_login(user)
    return f"django_language=en; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def event(stream: http.client.HTTPResponse) -> tuple[str, str]:
    """The next event's name and data."""
    name, data = "", []
    while True:
        line = stream.readline().decode().rstrip("\n")
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data.append(line[6:])
        elif not line and name:
            return name, "\n".join(data)


def close(*answers: http.client.HTTPResponse) -> None:
    for answer in answers:
        answer.close()
        answer.line.close()  # type: ignore[attr-defined]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return a_cast()


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path / "web.log")
    yield made
    made.process.terminate()
    made.process.wait(timeout=20)
    print((tmp_path / "web.log").read_text(errors="replace")[-6000:])


def test_more_streams_than_connections_hear_of_a_change_at_once_and_other_pages_still_answer(cast: Cast, web: Web) -> None:
    submission = a_submission(cast)
    claim = a_claim(submission)
    following = [web.stream(submission, cast.student) for _ in range(3 * POOL)]
    assert {(answer.status, answer.headers["Content-Type"]) for answer in following} == {
        (200, "text/event-stream; charset=utf-8")
    }
    assert {event(answer)[0] for answer in following} == {"live"}

    began = time.monotonic()
    run_progress(claim, ProgressReport("running", 2, 9, output_tail="\x1b[31mhello\x1b[0m <b>"))
    for answer in following:
        name, html = event(answer)
        assert name == "live"
        assert "Running cell 2 of 9" in html
        assert '<span class="ansi-1">hello</span> &lt;b&gt;' in html
    took = time.monotonic() - began

    assert took < 3.0  # 0.3 s where nothing else runs; the machine of the tests may be busy
    assert web.get("/", cast.student, timeout_s=4).status == 200
    run_record(claim, a_result())
    assert [event(answer) for answer in following] == [("over", f"/results/{submission.public_id}/")] * len(following)
    close(*following)


def test_a_person_has_so_many_streams_and_a_closed_tab_gives_its_place_back(cast: Cast, web: Web) -> None:
    submission = a_submission(cast)
    open_tabs = [web.stream(submission, cast.student) for _ in range(streams.MOST_EACH)]
    assert {answer.status for answer in open_tabs} == {200}
    assert {event(answer)[0] for answer in open_tabs} == {"live"}

    one_more = web.stream(submission, cast.student)
    assert (one_more.status, one_more.headers["Retry-After"]) == (503, "30")
    assert web.stream(submission, cast.teacher).status == 200  # everybody else still has theirs

    close(*open_tabs)
    wait_for(lambda: web.stream(submission, cast.student).status == 200, within_s=10, what="a free place")


def test_only_who_may_see_a_submission_may_follow_it(cast: Cast, web: Web) -> None:
    submission = a_submission(cast)

    found = {name: web.stream(submission, user).status for name, user in (
        ("student", cast.student), ("classmate", cast.classmate), ("teacher", cast.teacher), ("assistant", cast.assistant),
        ("other teacher", cast.other_teacher), ("admin", cast.admin), ("stranger", None),
    )}  # fmt: skip

    assert found == {
        "student": 200, "classmate": 404, "teacher": 200, "assistant": 200, "other teacher": 404, "admin": 200, "stranger": 403,
    }  # fmt: skip

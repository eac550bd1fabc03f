"""The schema against the running site: whatever is sent, no 5xx, and no answer that the schema does not know.

A few examples a route by default; `API_EXAMPLES=200 pytest tests/api/test_schema_on_site.py` tries more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import site
from tests.plugins import servers
from tests.plugins.running_site import RunningSite

EXAMPLES = int(os.environ.get("API_EXAMPLES", "4"))
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth"
)


@pytest.fixture(scope="module")
def unlimited(running_site: RunningSite) -> Iterator[str]:
    """A web process of the same site that counts no requests: else the limit would answer most of them."""
    supervisor = servers.supervisor()
    mark = supervisor.mark()
    address = site.Address("127.0.0.1", site.free_port())
    env = {**running_site.env, "GRADER_API_RATE": "0", "GRADER_API_STUDENT_RATE": "0"}
    logs = running_site.home / "logs-unlimited"
    logs.mkdir(exist_ok=True)
    try:
        supervisor.start(site.web(env, logs, address))
        yield address.url
    finally:
        supervisor.stop_since(mark)
        running_site.manage("demo")  # whoever was taken out of the course meanwhile is back for the tests that follow


ASK = """
from grader.gradebook.reviews import review_open
from grader.submissions.models import Submission
print(review_open(submission=Submission.objects.get(public_id="{}"), task="7.1", asked="Why?").public_id)
"""


def _known(running: RunningSite, url: str, token: str) -> dict[str, str]:
    """Names of things that are there, so that not every address leads nowhere."""
    with httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {token}"}) as client:
        fields = {"external_user_id": "lms-student", "external_submission_id": "fuzz-1", "answers": '{"7.1": "0"}'}
        sent = client.post("/assignments/dl2/7/submissions", data=fields, files={"ignored": b""})
        assert sent.status_code == 201, sent.text
        submission: dict[str, Any] = sent.json()
        client.put("/courses/dl2/enrolments/fuzz-1", json={}).raise_for_status()
        run = client.get(f"/submissions/{submission['id']}/runs").json()["data"][0]
        grade = client.get("/courses/dl2/grades").json()["data"][0]
        started = client.post("/assignments/dl2/7/regrades", json={"reason": "Why not"}, headers={"Idempotency-Key": "fuzz-1"})
        assert started.status_code == 202, started.text
        wanted = {"url": "https://lms.example/", "event_types": ["grade.changed"], "course": "dl2"}
        endpoint = client.post("/webhook_endpoints", json=wanted, headers={"Idempotency-Key": "fuzz-1"}).json()["id"]
        message = client.post(f"/webhook_endpoints/{endpoint}/ping", headers={"Idempotency-Key": "fuzz-1"}).json()["id"]
    return {
        "course": "dl2",
        "assignment": "7",
        "external_user_id": "fuzz-1",
        "submission_id": submission["id"],
        "run_id": run["id"],
        "grade_id": grade["id"],
        "regrade_id": started.json()["id"],
        "endpoint_id": endpoint,
        "message_id": message,
        "review_id": running.manage("shell", "--no-imports", "-c", ASK.format(submission["id"])).split()[-1],
    }


@pytest.mark.slow
@pytest.mark.parametrize("found", [True, False], ids=["things that are there", "made-up names"])
def test_whatever_is_sent_no_5xx_and_no_undocumented_answer(
    running_site: RunningSite, unlimited: str, site_token: str, tmp_path: Path, found: bool
):
    config = tmp_path / "schemathesis.toml"
    names = _known(running_site, unlimited, site_token) if found else {}
    config.write_text("[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in names.items()))
    argv = [
        str(Path(sys.executable).with_name("schemathesis")),
        "--config-file",
        str(config),
        "run",
        f"{unlimited}/api/v1/openapi.json",
        "--no-color",
    ]
    argv += ["--header", f"Authorization: Bearer {site_token}", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]
    argv += ["--max-examples", str(EXAMPLES), "--seed", "1", "--warnings", "off", "--workers", "2", "--continue-on-failure"]
    argv += ["--suppress-health-check", "all", "--request-timeout", "20", "--generation-database", "none"]

    done = subprocess.run(argv, capture_output=True, text=True, timeout=280, cwd=tmp_path)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]

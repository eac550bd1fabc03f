"""The LMS of the docs, whole, against the whole service: with its processes, workers and sandboxes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.paths import ROOT
from local.site import free_port
from tests.factories import a_notebook
from tests.plugins.running_site import RunningSite

SCOPES = "rosters:write,submissions:write,grades:read,webhooks:manage"
MARKS, MEAN = "marks = [[4, 8, 6, 6], [3, 9, 9, 9]]", "mean = sum(marks[1]) / 4"
# What students write, and what it earns on the hidden numbers, where a result that was written by hand is another one.
WRITTEN = {
    "result = sum((mark - mean) ** 2 for mark in marks[1]) / 4": "4.00",
    "result = sum((mark - mean) ** 2 for mark in marks[1]) / 3": "0.00",
    "result = 6.75": "0.00",
}
EARNED = {f"st-{number:02}": list(WRITTEN.values())[number % 3] for number in range(30)}
# Asked of the database itself, past the API.
LOOK = """
import json
from grader.accounts.models import Enrolment
from grader.gradebook.models import Grade
from grader.lms.models import WebhookEndpoint
names = dict(Enrolment.objects.filter(course__slug="template", role="student").values_list("user", "external_user_id"))
grades = Grade.objects.filter(assignment__course__slug="template", assignment__slug="spread")
scores = {names[one.student_id]: str(one.score) for one in grades}
left = WebhookEndpoint.objects.filter(course__slug="template", deleted_at=None).count()
print(json.dumps({"names": sorted(names.values()), "grades": scores, "left": left}))
"""


def notebooks_of_a_class(folder: Path) -> None:
    for number, student in enumerate(EARNED):
        cells = (f"# {student}", MARKS, MEAN, list(WRITTEN)[number % 3])
        (folder / f"{student}.ipynb").write_bytes(a_notebook(*cells))


@pytest.mark.slow
@pytest.mark.timeout(900)  # the LMS itself waits for ten minutes, where a machine has much else to do
def test_thirty_students_are_enrolled_and_graded_and_every_grade_is_heard_of(running_site: RunningSite, tmp_path: Path):
    running_site.manage("course_load", "assignments/courses/template")
    made = running_site.manage("token_create", "--name", "A small LMS", "--scope", SCOPES, "--course", "template")
    notebooks_of_a_class(tmp_path)
    door = f"127.0.0.1:{free_port()}"
    argv = [sys.executable, str(ROOT / "docs/examples/lms.py"), running_site.url, "template/spread", str(tmp_path), door]

    done = subprocess.run(
        [*argv, f"http://{door}/"],
        env=os.environ | {"GRADER_TOKEN": made.split()[-1]},
        capture_output=True,
        text=True,
        timeout=700,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert dict(re.findall(r"^(st-\d\d) heard: \(1, '([\d.]+)'\)", done.stdout, re.MULTILINE)) == EARNED
    seen = json.loads(running_site.manage("shell", "--no-imports", "-c", LOOK))
    assert seen == {"names": sorted(EARNED), "grades": EARNED, "left": 0}

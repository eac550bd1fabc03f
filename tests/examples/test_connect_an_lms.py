"""docs/how-to/connect-an-lms.md is run as written: its commands on the whole site, its bridges on doubles of their systems."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import Any

import pytest

from grader.api.kinds import KINDS
from local import site
from local.paths import ROOT
from tests.examples.test_bridge import SECRET, a_bridge, a_system, tell

GUIDE = (ROOT / "docs" / "how-to" / "connect-an-lms.md").read_text("utf-8")
RUSSIAN = (ROOT / "docs" / "how-to" / "connect-an-lms.ru.md").read_text("utf-8")


def blocks(guide: str, mark: str) -> list[str]:
    return re.findall(rf"^```{mark}\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)


def test_both_languages_tell_to_do_the_same():
    english, russian = (re.findall(r"^```.*?^```$", guide, re.MULTILINE | re.DOTALL) for guide in (GUIDE, RUSSIAN))

    assert russian == english


def test_from_nothing_to_the_first_grade(running_site, tmp_path):
    for shared in ("manage.py", "docs", "assignments"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + "\n".join(blocks(GUIDE, "sh run"))
    env = {**running_site.env, "PATH": os.environ["PATH"], "GRADER": running_site.url, "PORT": str(site.free_port())}

    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=150)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    heard = (tmp_path / "grades.log").read_text()
    grades = json.loads(done.stdout.rpartition('{"data":')[1] + done.stdout.rpartition('{"data":')[2])["data"]
    assert [(row["external_user_id"], row["score"]) for row in grades] == [("1017", "5.00")]
    assert "1017" in heard
    assert grades[0]["score"] in heard


@pytest.mark.parametrize("setting", blocks(GUIDE, "json bridge"), ids=["moodle", "canvas", "openedx", "getcourse"])
def test_a_grade_goes_over_each_bridge(setting: str, tmp_path):
    config = json.loads(setting.replace("…", "x"))
    answers: dict[str, dict[str, Any]] = {
        "moodle": {"webservice__rest__server": 0},
        "canvas": {"api__v1": {}},
        "openedx": {"oauth2__access_token": {"access_token": "a"}, "api__grades": [{"success": True}]},
        "getcourse": {"pl__api__users": {"success": True, "result": {}}},
    }
    item = config["items"]["dl2/15"]

    with (
        a_system(**answers[config["to"]["system"]]) as other,
        a_bridge(tmp_path, other, item, **{**config["to"], "url": other.url}) as url,
    ):
        assert tell(url, secret=SECRET, assignment="13", external_user_id="3") == 204

    assert other.asked[-1][0] in ("POST", "PUT")


def test_the_table_of_what_goes_wrong_names_codes_that_exist():
    named = set(re.findall(r"^\| [0-9]{3} (.*?) \|", GUIDE, re.MULTILINE))

    assert {code for cell in named for code in re.findall(r"`([a-z._]+)`", cell)} <= set(KINDS)

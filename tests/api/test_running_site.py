"""The API from outside: a site with workers, curl, real notebooks, waiting without polling, and the schema tried against it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from typing import Any

import httpx
import pytest

from local.paths import ROOT
from tests.plugins.running_site import RunningSite

NOTEBOOK = ROOT / "assignments/courses/dl2/15/reference.ipynb"
ANSWERS = ROOT / "assignments/courses/dl2/15/reference.answers.json"


def _curl(*argv: str, timeout_s: float = 90) -> dict[str, Any]:
    done = subprocess.run(["curl", "-sS", *argv], capture_output=True, text=True, timeout=timeout_s, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.slow
def test_a_notebook_sent_by_curl_comes_back_with_its_score(running_site: RunningSite, site_token: str):
    here, token = f"{running_site.url}/api/v1", ("-H", f"Authorization: Bearer {site_token}")
    sent = _curl(
        *token,
        *("-F", f"notebook=@{NOTEBOOK}", "-F", f"answers=<{ANSWERS}", "-F", "external_user_id=lms-student"),
        *("-F", "external_submission_id=curl-1", f"{here}/assignments/dl2/15/submissions"),
    )
    assert sent["status"] == "queued"

    told = sent
    for _ in range(6):
        told = _curl(*token, f"{sent['links']['self']}?wait=30")
        if told["status"] not in ("queued", "running"):
            break

    assert (told["status"], told["score"]) == ("graded", told["max_score"])
    assert {task["status"] for task in told["tasks"].values()} == {"passed"}
    grades = _curl(*token, f"{here}/courses/dl2/grades?assignment=15&external_user_id=lms-student")["data"]
    assert [grade["score"] for grade in grades] == [told["score"]]


@pytest.mark.slow
def test_fifty_callers_wait_at_once_and_others_are_answered_meanwhile(running_site: RunningSite, site_token: str):
    """More than the process has connections to the database (10) and Django has threads for a request."""
    headers = {"Authorization": f"Bearer {site_token}"}

    async def calls() -> tuple[list[float], float]:
        async with httpx.AsyncClient(base_url=f"{running_site.url}/api/v1", headers=headers, timeout=60) as client:
            sent = await client.post(
                "/assignments/dl2/15/submissions",
                data={"external_user_id": "lms-classmate", "external_submission_id": "endless", "answers": "{}"},
                files={"notebook": ("a.ipynb", _endless())},
            )
            assert sent.status_code == 201, sent.text
            here = sent.json()["links"]["self"]

            async def wait() -> float:
                began = time.monotonic()
                assert (await client.get(here, params={"wait": 8})).status_code == 200
                return time.monotonic() - began

            waiting = [asyncio.create_task(wait()) for _ in range(50)]
            await asyncio.sleep(2)
            began = time.monotonic()
            assert (await client.get("/me")).status_code == 200
            meanwhile = time.monotonic() - began
            took = await asyncio.gather(*waiting)
            await client.post(here + "/cancel")
            return took, meanwhile

    took, meanwhile = asyncio.run(calls())

    assert min(took) > 6  # all of them waited
    assert meanwhile < 2


def _endless() -> str:
    cell: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "import time; time.sleep(99)",
    }
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})

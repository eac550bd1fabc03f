"""By browser, on the whole running site: another answer is accepted, judged by a dry run, applied, and taken back."""

from __future__ import annotations

import re

import pytest

from tests.browser.test_path import log_in

ODD = "4815162"  # nobody else types it: the key of the running site's course stays right for all others


def point(tab) -> str:
    return str(tab.inner_text(".score b"))


def press(tab, name: str) -> None:
    tab.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_another_answer_is_accepted_regraded_by_a_dry_run_and_undone(running_site, browser, script):
    student = "student" if script else "classmate"
    odd = ODD if script else ODD + "3"
    mine = browser.new_context(java_script_enabled=script).new_page()
    log_in(mine, running_site, student)
    mine.goto(f"{running_site.url}/courses/dl2/8/")
    mine.fill("#answer-8-1", odd)
    mine.click("#form > .row > .button")
    mine.wait_for_url(re.compile("/results/sub_"))
    result = mine.url
    assert point(mine) == "0"

    theirs = browser.new_context(java_script_enabled=script).new_page()
    log_in(theirs, running_site, "teacher")
    theirs.goto(f"{result}tasks/8.1/accept/")
    assert theirs.locator("ins", has_text=odd).is_visible()
    press(theirs, "Accept it and open the dry run")
    theirs.wait_for_url(re.compile("/regrades/rgr_"))
    theirs.get_by_role("heading", name="Your decision").wait_for(timeout=60_000)
    theirs.get_by_role("button", name="Apply", exact=True).wait_for(timeout=60_000)
    assert theirs.locator("tbody tr").count() == 1
    assert "gains" in theirs.inner_text("tbody tr")
    mine.reload()
    assert point(mine) == "0"  # nobody sees a dry run

    press(theirs, "Apply")
    theirs.get_by_text("applied", exact=True).first.wait_for(timeout=60_000)
    mine.reload()
    assert point(mine) == "2"

    press(theirs, "Undo this regrade")
    theirs.locator("#regrade-progress .badge", has_text=re.compile("^\\W*undone$")).wait_for(timeout=60_000)
    mine.reload()
    assert point(mine) == "0"
    mine.context.close()
    theirs.context.close()

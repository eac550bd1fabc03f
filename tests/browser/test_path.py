"""The main job by browser, on the whole running site: hand in, watch, read the result, find it in the gradebook."""

from __future__ import annotations

import re

from local.paths import ROOT

DL2 = ROOT / "assignments" / "courses" / "dl2"


def log_in(tab, site, name: str, language: str = "en") -> None:
    tab.context.add_cookies([{"name": "django_language", "value": language, "url": site.url}])
    tab.goto(f"{site.url}/login/")
    tab.fill("#id_username", name)
    tab.fill("#id_password", site.passwords[name])
    tab.click("main form button")
    tab.wait_for_url(f"{site.url}/")


def test_a_notebook_goes_from_the_form_to_the_gradebook(running_site, browser):
    mine = browser.new_context().new_page()
    log_in(mine, running_site, "student")

    mine.goto(f"{running_site.url}/courses/dl2/15/")
    mine.set_input_files("#notebook", DL2 / "15" / "reference.ipynb")
    mine.fill("#answer-15-2", "t1[2] = 1")
    if mine.locator("#answer-15-1").count():
        mine.fill("#answer-15-1", "50")
    mine.click("#form > .row > .button")
    mine.wait_for_url(re.compile("/results/sub_"), timeout=120_000)

    assert mine.locator("h2", has_text="Result").is_visible()
    assert mine.locator(".score b").count(), mine.inner_text("main")
    score = mine.inner_text(".score b")
    total = mine.inner_text(".score span")
    assert score in total, mine.inner_text("main")

    theirs = browser.new_context().new_page()
    log_in(theirs, running_site, "teacher")
    theirs.goto(f"{running_site.url}/courses/dl2/gradebook/")
    cell = theirs.locator("tbody tr", has=theirs.locator("td.f")).locator("td.f a").first
    assert score in cell.inner_text()
    cell.click()
    theirs.locator("#panel .score b").wait_for()
    assert theirs.inner_text("#panel .score b") == score
    theirs.locator("#panel a", has_text="Attempt 1").click()
    theirs.wait_for_url(re.compile("/submissions/sub_"))
    assert theirs.locator("h2", has_text="15.1").is_visible()
    mine.context.close()
    theirs.context.close()

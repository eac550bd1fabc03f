"""The two journeys for which the site is there, by the keyboard alone, without JavaScript, on a telephone, in both languages:

a student hands in a real notebook, watches it, reads the result; a teacher sets a score by hand and takes it back, accepts an
answer that the key did not know, sees by a dry run who gains, applies it, and undoes it.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.browser.hands import MANNERS
from tests.browser.test_path import DL2

STUDENTS = ("student", "classmate", "classmate2", "student")  # one for each manner
SUBMIT = "#form > .row > .button"
ODD = "4815162"  # nobody else types it: the key of the running site's course stays right for all others


def turns():
    return [
        pytest.param(*manner.values, student, f"{ODD}{turn}", id=manner.id)
        for turn, (manner, student) in enumerate(zip(MANNERS, STUDENTS, strict=True), start=1)
    ]


@pytest.fixture
def notebook(tmp_path):
    """One of its own for each journey: what was handed in already would only be shown again."""
    cells = json.loads((DL2 / "15" / "reference.ipynb").read_text("utf-8"))
    cells["cells"].append({"cell_type": "markdown", "metadata": {}, "source": f"Written in {tmp_path.name}"})
    path = tmp_path / "reference.ipynb"
    path.write_text(json.dumps(cells), "utf-8")
    return path


@pytest.mark.parametrize(("manner", "student", "_odd"), turns())
def test_a_student_hands_in_a_notebook_watches_it_and_reads_the_result(running_site, browser, notebook, manner, student, _odd):
    hand = manner.handed(browser, running_site, student)
    tab = hand.tab
    tab.goto(f"{running_site.url}/courses/dl2/15/")
    manner.fits(tab)

    if tab.locator("#answer-15-1").count():
        hand.fill("#answer-15-1", "50")
    hand.fill("#answer-15-2", "t1[2] = 1")
    hand.choose("#notebook", notebook)
    if manner.script:
        tab.locator("#preflight", has_text="reference.ipynb").wait_for()
    hand.press(SUBMIT)

    tab.wait_for_url(re.compile("/submissions/sub_"))
    assert tab.locator(".stages [aria-current=step]").count() == 1
    manner.fits(tab)
    tab.wait_for_url(re.compile("/results/sub_"), timeout=120_000)
    manner.fits(tab)
    assert manner.says("Result") in tab.inner_text("main")
    assert tab.inner_text(".score b") in tab.inner_text(".score span")
    hand.press("#receipt > summary")
    assert manner.says("Checks version") in tab.inner_text("#receipt")
    tab.context.close()


@pytest.mark.parametrize(("manner", "student", "odd"), turns())
def test_a_teacher_overrides_accepts_an_answer_regrades_by_a_dry_run_and_undoes_it(running_site, browser, manner, student, odd):
    mine = manner.handed(browser, running_site, student)
    mine.tab.goto(f"{running_site.url}/courses/dl2/8/")
    mine.fill("#answer-8-1", odd)
    mine.press(SUBMIT)
    mine.tab.wait_for_url(re.compile("/results/sub_"))
    result = mine.tab.url
    assert points(mine) == "0"

    theirs = manner.handed(browser, running_site, "teacher")
    override_and_back(theirs, mine, result, manner)
    accept(theirs, result, odd)
    manner.fits(theirs.tab)
    regrade_and_back(theirs, mine, manner)
    mine.tab.context.close()
    theirs.tab.context.close()


def points(hand) -> str:
    return str(hand.tab.inner_text(".score b"))


def override_and_back(theirs, mine, result, manner) -> None:
    """A score by hand: the student reads the reason; taken back, all is as it was."""
    tab = theirs.tab
    tab.goto(result.replace("/results/", "/courses/dl2/submissions/"))
    manner.fits(tab)
    theirs.fill("#score", manner.number("1.5"))
    theirs.fill("#why", "Half of it was said aloud")
    theirs.press("aside button[value=stay]")
    tab.locator("#why-back").wait_for(state="attached")
    assert tab.inner_text("aside .score b") == manner.number("1.5")
    mine.tab.reload()
    assert "Half of it was said aloud" in mine.tab.inner_text("main")

    theirs.press("aside section > details > summary")
    theirs.fill("#why-back", "It was somebody else")
    theirs.press("form:has(#why-back) button")
    tab.locator("#why-back").wait_for(state="detached")
    assert tab.inner_text("aside .score b") == "0"


def accept(theirs, result, odd) -> None:
    """The key takes the answer too, and a dry run begins over all who typed it."""
    tab = theirs.tab
    tab.goto(f"{result}tasks/8.1/accept/")
    assert tab.locator("ins", has_text=odd).is_visible()
    theirs.press("form:has([name=version]) .button")
    tab.wait_for_url(re.compile("/regrades/rgr_"))
    tab.locator("form[action$='/apply/'] button").wait_for(timeout=60_000)


def regrade_and_back(theirs, mine, manner) -> None:
    """Nobody sees a dry run; applied it counts; undone all is as it was."""
    tab = theirs.tab
    assert tab.locator("tbody tr").count() == 1
    assert manner.says("gains", "regrade") in tab.inner_text("tbody tr")
    mine.tab.reload()
    assert points(mine) == "0"

    theirs.press("form[action$='/apply/'] button")
    ended(tab, manner.says("applied", "regrade"))
    mine.tab.reload()
    assert points(mine) == "2"

    theirs.press("form[action$='/undo/'] button")
    ended(tab, manner.says("undone", "regrade"))
    mine.tab.reload()
    assert points(mine) == "0"


def ended(tab, word: str) -> None:
    tab.locator("#regrade-progress .badge", has_text=re.compile(f"^\\W*{word}$")).wait_for(timeout=60_000)

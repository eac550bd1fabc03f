"""A teacher decides in a browser: by keyboard alone, without JavaScript, and beside a colleague who is faster."""

from __future__ import annotations

import re

import pytest


def address_of(states, name: str) -> str:
    return str(states.url + next(page.path for page in states.pages if page.name == name))


def focused(tab) -> str:
    return str(tab.evaluate("document.activeElement.id"))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_score_is_set_and_taken_back_by_keyboard_alone(states, open_as, language):
    tab = open_as("vera", language)
    tab.goto(address_of(states, "detail"))

    tab.keyboard.press("KeyG")
    assert focused(tab) == "score"
    tab.keyboard.type("3,5" if language == "ru" else "3.5")
    tab.keyboard.press("Tab")
    assert focused(tab) == "why"
    tab.keyboard.type("A rounding")
    tab.keyboard.press("Tab")
    while tab.evaluate("document.activeElement.value") != "stay":
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[role=status]:not([hidden])")

    assert "A rounding" in tab.inner_text("aside")
    assert ("3,5" if language == "ru" else "3.5") in tab.inner_text("aside .score")
    tab.locator("aside details summary").focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert focused(tab) == "why-back"
    tab.keyboard.type("It was another")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.locator("#why-back").wait_for(state="detached")
    assert "It was another" in tab.inner_text("aside")


def test_one_walks_from_student_to_student_by_keys_and_saves_on_the_way(states, open_as):
    tab = open_as("vera", "en")
    tab.goto(address_of(states, "class-detail"))
    first = tab.url

    tab.keyboard.press("KeyJ")
    tab.wait_for_url(lambda url: url != first)
    second = tab.url
    tab.keyboard.press("KeyG")
    tab.keyboard.type("1")
    tab.keyboard.press("Tab")
    tab.keyboard.type("jk")  # keys are off while one types
    assert tab.url == second
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url(lambda url: url != second)
    tab.keyboard.press("KeyK")
    tab.wait_for_url(second)

    assert "jk" in tab.inner_text("aside")
    tab.keyboard.press("KeyK")
    tab.wait_for_url(first)


def test_of_two_teachers_the_second_sees_the_firsts_reason_and_chooses(states, open_as):
    mine, theirs = open_as("vera", "en"), open_as("gleb", "en")
    for tab in (mine, theirs):
        tab.goto(address_of(states, "result-full").replace("/results/", "/courses/zoo/submissions/"))
    for tab, score, reason in ((theirs, "4", "Two tasks were shown in class"), (mine, "5", "All but one")):
        tab.fill("#score", score)
        tab.fill("#why", reason)
        tab.click("aside button[value=stay]")
        tab.wait_for_load_state()

    dialog = mine.locator("dialog[open]")
    assert "Two tasks were shown in class" in dialog.inner_text()
    assert mine.evaluate("document.activeElement === document.querySelector('dialog[open]')")
    dialog.locator("button").click()
    mine.wait_for_selector("[role=status]:not([hidden])")

    assert re.search(r"\b5\b", mine.inner_text("aside .score"))
    assert "Two tasks were shown in class" in mine.inner_text("aside")


def test_without_javascript_a_review_is_taken_and_decided(states, open_as):
    tab = open_as("vera", "en", java_script_enabled=False, viewport={"width": 320, "height": 640})
    tab.goto(address_of(states, "class-reviews"))
    waiting = tab.locator("tbody tr").count()

    tab.locator("button[value=take]").first.click()
    assert "It is with you until" in tab.inner_text("main")
    tab.check("[name=keep][value='1']")
    tab.fill("#answer", "The answer is another")
    tab.click("form button[value=stay]")

    assert "Decided; the student reads your answer." in tab.inner_text("[role=status]")
    assert tab.locator("tbody tr").count() == waiting - 1
